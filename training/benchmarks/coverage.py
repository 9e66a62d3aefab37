# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How much of an image correct matches cover, and one number of several (GoodPoint, 5.3).

The paper's other two metrics are `metrics.repeatability` (its replication ratio, which its code
counts in one direction and outside the shared view too) and `metrics.nearest_accuracy`.
"""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

RADII_PX = (20, 25)  # sections 6.1 (320x240) and 6.2


def radius_px(size: tuple[int, int]) -> int:
    """Return the paper's radius for images of `size` (width, height): 20 at 320x240, else 25."""
    return 20 if max(size) <= 320 else 25


def coverage(points: np.ndarray, size: tuple[int, int], radius: float,
             within: np.ndarray | None = None) -> float:
    """Return the share of pixels within `radius` pixels of a point (Irschara et al., 2009).

    Args:
        points: (N, 2) of correctly matched keypoints; the pixels next to them count.
        size: (width, height).
        radius: how far a point reaches, in pixels.
        within: (height, width) bool, which pixels count; None for all.
    """
    width, height = size
    away = np.ones((height, width), np.uint8)
    if not len(points):
        return 0.0
    x, y = np.rint(points).astype(int).clip(0, [width - 1, height - 1]).T
    away[y, x] = 0
    distance = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    covered = distance <= radius
    return float((covered if within is None else covered[within]).mean())


def harmonic_mean(values: Sequence[float]) -> float:
    """Return the harmonic mean of positive numbers, 0 where one of them is 0."""
    if min(values) <= 0:
        return 0.0
    return len(values) / sum(1 / value for value in values)
