# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
from support.options import parse

from residual_features_ros.errors import ConfigError


def test_counts_are_checked_before_the_first_curve_is_measured():
    options = parse('bench --scaling', '--methods', 'orb', '--counts', '20,40')
    assert options.counts == (20, 40)
    with pytest.raises(ConfigError, match='max_keypoints must be in'):
        parse('bench --scaling', '--methods', 'orb', '--counts', '20,60000')
