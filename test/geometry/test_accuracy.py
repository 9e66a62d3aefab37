# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.geometry.accuracy import maa


def test_maa_is_the_mean_over_whole_degrees():
    # Below 1, 2, 3, 4, 5 degrees: 1/4, 1/4, 2/4, 2/4, 3/4.
    errors = [0.5, 2.5, 4.5, 180]
    assert maa(errors, 5) == pytest.approx((1 + 1 + 2 + 2 + 3) / 20)
    assert maa(errors, 10) == pytest.approx((1 + 1 + 2 + 2 + 3 * 6) / 40)
    assert maa([np.inf], 5) == maa([], 5) == 0
