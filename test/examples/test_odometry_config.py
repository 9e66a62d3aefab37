# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.errors import ConfigError
from residual_features_ros.examples.odometry_config import OdometryConfig


@pytest.mark.parametrize(('changes', 'words'), [
    ({'step_length': -1.0}, r'step_length must be in \[0, 1000\]'),
    ({'publish_tf': 'no'}, 'publish_tf must be bool'),
    ({'odom_frame': ''}, 'odom_frame must be a name'),
    ({'odom_frame': 'a', 'child_frame': 'a'}, 'other than child_frame')])
def test_what_is_not_allowed_is_told(changes, words):
    with pytest.raises(ConfigError, match=words):
        OdometryConfig(**changes)
