# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which keypoints of two views correspond."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np

from residual_features_ros.geometry.homography import inside, transform
from training.data.rgbd_views import RgbdView, reproject, shows

MATCH_PX = 3.0
MATCH_DEG = 45.0
MATCH_OCTAVES = 1.0
Move = Callable[[np.ndarray], np.ndarray]  # pixels (N, 2) of one view -> of the other


def predict_keypoints(keypoints: np.ndarray, homography: np.ndarray) -> np.ndarray:
    """Map keypoints (N, 4) = x, y, size, angle by a homography, to first order."""
    return _predict(keypoints, lambda points: transform(points, homography))


def carry(keypoints: np.ndarray, first: RgbdView,
          second: RgbdView) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Move keypoints (N, 4) = x, y, size, angle into the other view, as on a plane facing `first`.

    Returns:
        (N, 4) keypoints, (N,) which are seen there, (N,) of which it is unknown.
    """
    points = keypoints[:, :2].astype(np.float64)
    depth = first.depth_at(points)
    places, distance = reproject(points, depth, first, second)
    seen = (depth > 0) & shows(second, places, distance)
    unknown = (depth == 0) | (inside(np.rint(places), second.size) & ~seen)
    moved = _predict(keypoints, lambda pixels: reproject(pixels, depth, first, second)[0])
    return moved, seen, unknown


def _predict(keypoints: np.ndarray, move: Move) -> np.ndarray:
    """Return keypoints (N, 4) as `move` has them, to first order.

    Points half a pixel ahead in the direction of the angle and across it are moved too: the first
    gives the new angle, both the root of the Jacobian's determinant, and so the new size.
    """
    points, angle = keypoints[:, :2].astype(np.float64), np.radians(keypoints[:, 3])
    moved = move(points)
    step = 0.5 * np.stack([np.cos(angle), np.sin(angle)], 1)  # (N,) -> (N, 2)
    ahead = move(points + step) - moved
    across = move(points + step[:, ::-1] * [-1, 1]) - moved
    area = np.abs(ahead[:, 0] * across[:, 1] - ahead[:, 1] * across[:, 0]) / 0.25
    turned = np.degrees(np.arctan2(ahead[:, 1], ahead[:, 0])) % 360
    return np.c_[moved, keypoints[:, 2] * np.sqrt(area), turned]


def correspond(predicted: np.ndarray, found: np.ndarray, upright: bool) -> np.ndarray:
    """Pair predicted keypoints with those found, each other's nearest in place, size and angle.

    Args:
        predicted: (N, 4) x, y, size, angle that the homography gives.
        found: (M, 4) the second view's.
        upright: angles say nothing.

    Returns:
        (N,) int64 row in `found` or -1: within 3 px, one octave and 45 degrees. The angle counts
        because a place with two dominant orientations is two keypoints.
    """
    if not len(predicted) or not len(found):
        return np.full(len(predicted), -1, np.int64)
    apart = np.linalg.norm(predicted[:, None, :2] - found[None, :, :2], axis=2) / MATCH_PX
    sizes = np.maximum(predicted[:, 2], 1e-3)[:, None] / found[None, :, 2]
    octaves = np.abs(np.log2(sizes)) / MATCH_OCTAVES
    turn = (predicted[:, None, 3] - found[None, :, 3] + 180) % 360 - 180
    turned = np.zeros_like(turn) if upright else np.abs(turn) / MATCH_DEG
    cost = np.where((apart <= 1) & (octaves <= 1) & (turned <= 1), apart + octaves + turned, 9.0)
    best = cost.argmin(1)
    mutual = cost.argmin(0)[best] == np.arange(len(best))
    return np.where(mutual & (cost.min(1) < 9), best, -1).astype(np.int64)


def pad(rows: np.ndarray, count: int, value: float = 0) -> np.ndarray:
    """Return rows (N, ...) as (count, ...), filled with `value`."""
    padded = np.full((count, *rows.shape[1:]), value, rows.dtype)
    padded[:len(rows)] = rows
    return padded
