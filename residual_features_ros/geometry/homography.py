# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Homographies in numpy and OpenCV."""
from __future__ import annotations

import cv2
import numpy as np


def transform(points: np.ndarray, homography: np.ndarray) -> np.ndarray:
    """Map pixels (N, 2) by a 3x3 homography; points at infinity become inf."""
    lifted = points.astype(np.float64) @ homography[:, :2].T + homography[:, 2]  # (N, 3)
    with np.errstate(divide='ignore', invalid='ignore'):
        return lifted[:, :2] / lifted[:, 2:]


def homography_inliers(a: np.ndarray, b: np.ndarray, threshold_px: float = 3.0) -> np.ndarray:
    """Return which pairs of pixels (M, 2), (M, 2) agree with one homography (MAGSAC++)."""
    if len(a) < 4:
        return np.zeros(len(a), bool)
    try:
        _, mask = cv2.findHomography(a, b, cv2.USAC_MAGSAC, threshold_px, maxIters=2000,
                                     confidence=0.999)
    except cv2.error:
        mask = None
    return np.zeros(len(a), bool) if mask is None else mask.ravel().astype(bool)


def resize_map(original: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """Return the 3x3 map of pixels when an image of `original` size is resized to `size`."""
    x, y = size[0] / original[0], size[1] / original[1]
    return np.array([[x, 0, 0.5 * x - 0.5], [0, y, 0.5 * y - 0.5], [0, 0, 1]])


def inside(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return which pixels (N, 2) lie in an image of `size` (width, height)."""
    return np.all((points >= 0) & (points <= np.array(size) - 1), axis=1)
