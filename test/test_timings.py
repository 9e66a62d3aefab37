# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.timings import Timings, medians_of


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


def test_medians_of_several_are_over_all_of_their_images():
    first, second = Timings(), Timings()
    for stages, seconds in ((first, (0.001, 0.002)), (second, (0.003, 0.004, 0.009))):
        for value in seconds:
            stages.note('detect', value)
    second.note('match', 0.005)
    assert medians_of([first, second]) == pytest.approx({'detect': 3, 'match': 5})
    assert medians_of([]) == {}
