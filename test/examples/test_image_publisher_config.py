# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.errors import ConfigError
from residual_features_ros.examples.image_publisher_config import ImagePublisherConfig


@pytest.mark.parametrize('rate_hz', [-1.0, 1e4])
def test_a_rate_that_cannot_be_is_refused(rate_hz):
    with pytest.raises(ConfigError, match='rate_hz'):
        ImagePublisherConfig(rate_hz=rate_hz)
