# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""OpenCV's keypoints as Features."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from residual_features_ros.types import Features


def normalise_rows(rows: np.ndarray) -> np.ndarray:
    """Return the rows divided by their L2 norm; a zero row stays zero."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.maximum(norms, 1e-12)).astype(np.float32)


def from_opencv(points: Sequence[cv2.KeyPoint], octaves: np.ndarray, descriptors: np.ndarray,
                image: np.ndarray) -> Features:
    """Collect OpenCV's keypoints as Features of `image`, as they stand."""
    table = np.array([(*p.pt, p.size, p.angle, p.response) for p in points],
                     np.float32).reshape(-1, 5)
    return Features(np.ascontiguousarray(table[:, :2]), table[:, 2], table[:, 3], table[:, 4],
                    octaves.astype(np.int32), descriptors, (image.shape[1], image.shape[0]))


def strongest(features: Features, count: int) -> Features:
    """Return the `count` features of largest response, strongest first.

    Ties are two orientations of one place, as a rule: the order is that of x and angle, and not
    OpenCV's, which depends on the keypoints that it dropped.
    """
    keys = (features.angles, features.keypoints[:, 0], -features.responses)
    return features.take(np.lexsort(keys)[:count])
