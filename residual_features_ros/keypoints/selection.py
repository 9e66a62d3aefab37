# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which of the keypoints that were found go on."""
from __future__ import annotations

import numpy as np

from residual_features_ros.types import Features


def strongest(features: Features, count: int) -> Features:
    """Return the `count` features of largest response, strongest first.

    Ties are two orientations of one place, as a rule: the order is that of x and angle, then of
    y, size and octave, and not OpenCV's, which depends on the keypoints that it dropped.
    """
    x, y = features.keypoints.T
    keys = (features.octaves, features.sizes, y, features.angles, x, -features.responses)
    return features.take(np.lexsort(keys)[:count])
