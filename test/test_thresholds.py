# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.thresholds import MatchThresholds


@pytest.mark.parametrize('values', [(0, 1, 0.8), (2, 1, 0.8), (1, 2, 0), (1, 2, 1.1),
                                    (float('nan'), 2, 0.8)])
def test_thresholds_that_keep_nothing_are_refused(values):
    with pytest.raises(ValueError, match='0 < low <= high'):
        MatchThresholds(*values)


def test_low_and_high_may_be_the_same():
    assert MatchThresholds(50, 50, 1).high == 50
