# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.errors import ConfigError
from residual_features_ros.examples.slam.slam_config import SlamConfig


@pytest.mark.parametrize(('changes', 'words'), [
    ({'window': 1}, r'window must be in \[2, 100\]'), ({'seed': 0.5}, 'seed must be int'),
    ({'match_ratio': 2.0}, 'match_ratio must be in')])
def test_what_is_not_allowed_is_told(changes, words):
    with pytest.raises(ConfigError, match=words):
        SlamConfig(**changes)
