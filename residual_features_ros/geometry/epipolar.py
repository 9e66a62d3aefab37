# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Epipolar geometry of two views: matrices, distances, inliers."""
from __future__ import annotations

import cv2
import numpy as np

from residual_features_ros.geometry.pose import skew


def essential(R: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return E (3, 3) = [t]x R of a motion x_2 = R x_1 + t; the length of t is that of E."""
    return skew(t) @ R


def fundamental(K_first: np.ndarray, K_second: np.ndarray, R: np.ndarray,
                t: np.ndarray) -> np.ndarray:
    """Return F (3, 3) of norm 1 with p_2^T F p_1 = 0 (Hartley and Zisserman, equation 9.2).

    Args:
        K_first: (3, 3) of the first camera.
        K_second: (3, 3) of the second.
        R: (3, 3) from the first camera to the second.
        t: (3,) the same, of any length; 0 gives a matrix of zeros.
    """
    found = np.linalg.inv(K_second).T @ essential(R, t) @ np.linalg.inv(K_first)
    return found / max(np.linalg.norm(found), 1e-12)


def epipolar_px(first: np.ndarray, second: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return the larger distance (M,) of points (M, 2) from the other's epipolar line, pixels."""
    a, b = np.c_[first, np.ones(len(first))], np.c_[second, np.ones(len(second))]
    in_second, in_first = a @ matrix.T, b @ matrix  # (M, 2) -> lines (M, 3)
    offset = np.abs((b * in_second).sum(1))
    slope = np.minimum(np.linalg.norm(in_first[:, :2], axis=1),
                       np.linalg.norm(in_second[:, :2], axis=1))
    return np.asarray(offset / np.maximum(slope, 1e-12))


def sampson(R: np.ndarray, direction: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the signed Sampson distances (M,) of points (M, 3) to the motion's epipolar lines.

    Hartley and Zisserman, Multiple View Geometry, 2nd edition, eq. 11.9, its root.
    """
    matrix = essential(R, direction)
    lines_b, lines_a = a @ matrix.T, b @ matrix  # (M, 3)
    slope = (lines_b[:, :2] ** 2).sum(1) + (lines_a[:, :2] ** 2).sum(1)
    return (b * lines_b).sum(1) / np.sqrt(np.maximum(slope, 1e-18))


def fundamental_inliers(a: np.ndarray, b: np.ndarray, threshold_px: float = 1.0) -> np.ndarray:
    """Return which pairs of pixels (M, 2), (M, 2) agree with one fundamental matrix (MAGSAC++)."""
    if len(a) < 8:
        return np.zeros(len(a), bool)
    try:
        _, mask = cv2.findFundamentalMat(a, b, cv2.USAC_MAGSAC, threshold_px, 0.999, 2000)
    except cv2.error:  # OpenCV 4.14 fails an assertion where it has found no model
        mask = None
    return np.zeros(len(a), bool) if mask is None else mask.ravel().astype(bool)
