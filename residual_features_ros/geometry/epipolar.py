# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Epipolar geometry of two views: matrices, lines, distances, inliers."""
from __future__ import annotations

import cv2
import numpy as np


def sampson(rotation: np.ndarray, direction: np.ndarray, a: np.ndarray,
            b: np.ndarray) -> np.ndarray:
    """Return the signed Sampson distances (M,) of points (M, 3) to the motion's epipolar lines.

    Hartley and Zisserman, Multiple View Geometry, 2nd edition, eq. 11.9, its root.
    """
    matrix = essential(rotation, direction)
    lines_b, lines_a = a @ matrix.T, b @ matrix  # (M, 3)
    slope = (lines_b[:, :2] ** 2).sum(1) + (lines_a[:, :2] ** 2).sum(1)
    return (b * lines_b).sum(1) / np.sqrt(np.maximum(slope, 1e-18))


def essential(rotation: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Return the essential matrix (3, 3) of a motion."""
    x, y, z = direction
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]) @ rotation


def fundamental_inliers(a: np.ndarray, b: np.ndarray, threshold_px: float = 1.0) -> np.ndarray:
    """Return which pairs of pixels (M, 2), (M, 2) agree with one fundamental matrix (MAGSAC++)."""
    if len(a) < 8:
        return np.zeros(len(a), bool)
    try:
        _, mask = cv2.findFundamentalMat(a, b, cv2.USAC_MAGSAC, threshold_px, 0.999, 2000)
    except cv2.error:  # OpenCV 4.14 fails an assertion where it has found no model
        mask = None
    return np.zeros(len(a), bool) if mask is None else mask.ravel().astype(bool)
