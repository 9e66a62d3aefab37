# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""OpenCV's keypoints as Features."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from residual_features_ros.types import Features


def from_opencv(points: Sequence[cv2.KeyPoint], octaves: np.ndarray, descriptors: np.ndarray,
                image: np.ndarray) -> Features:
    """Collect OpenCV's keypoints as Features of `image`, as they stand."""
    table = np.array([(*p.pt, p.size, p.angle, p.response) for p in points],
                     np.float32).reshape(-1, 5)
    return Features(np.ascontiguousarray(table[:, :2]), table[:, 2], table[:, 3], table[:, 4],
                    octaves.astype(np.int32), descriptors, (image.shape[1], image.shape[0]))
