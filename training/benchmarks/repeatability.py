# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Places that two views have in common, each of them counted once: pure functions."""
from __future__ import annotations

import numpy as np

from residual_features_ros.geometry.homography import transform
from training.benchmarks.metrics import distances


def one_to_one(first: np.ndarray, second: np.ndarray, homography: np.ndarray,
               most_px: float) -> np.ndarray:
    """Pair the points of two views, nearest first, each with one of the other view at most.

    Args:
        first: (N, 2) keypoints of view 1.
        second: (M, 2) keypoints of view 2.
        homography: from view 1 to view 2.
        most_px: how near counts, in view 2. For a lower limit the pairs are those within it.

    Returns:
        (P,) distances of the pairs in pixels, ascending.
    """
    if not len(first) or not len(second):
        return np.zeros(0)
    apart = distances(transform(first, homography), second)
    a, b = np.nonzero(apart < most_px)
    order = np.argsort(apart[a, b], kind='stable')
    taken: tuple[set[int], set[int]] = (set(), set())
    paired = []
    for i, j in zip(a[order].tolist(), b[order].tolist(), strict=True):
        if i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
            paired.append(apart[i, j])
    return np.array(paired)


def repeated(paired: np.ndarray, first: int, second: int, most_px: float) -> float:
    """Return the share of the keypoints of both views that are in a pair within `most_px`.

    Args:
        paired: distances of one_to_one.
        first: keypoints of view 1 that land inside view 2.
        second: keypoints of view 2 that land inside view 1.
        most_px: how near counts.
    """
    return 2 * float((paired < most_px).sum()) / max(first + second, 1)


def shared_places(points: np.ndarray) -> float:
    """Return the share of points (N, 2) that stand in the place of another one.

    Of several in one place, one counts as its own: two orientations of each place are a half.
    """
    return 1 - len(np.unique(points, axis=0)) / len(points) if len(points) else 0.0
