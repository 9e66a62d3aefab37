# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.timings import Timings


def test_stages_keep_medians_and_the_newest():
    stages = Timings()
    for seconds in (0.001, 0.002, 0.009):
        stages.note('wait', seconds)
    with stages.timed('match'):
        pass
    assert stages.medians()['wait'] == pytest.approx(2)
    assert stages.newest()['wait'] == pytest.approx(9)
    assert stages.newest().keys() == {'wait', 'match'}
    assert stages.newest()['match'] >= 0
    stages.forget()
    assert stages.newest() == {}
