# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which keypoints of two views correspond."""
from __future__ import annotations

import numpy as np

from residual_features_ros.geometry.homography import inside, transform
from training.data.posed import View, reproject

SAME_DEPTH = 0.05  # relative; D2-Net takes 0.05 of the scene's unit, LoFTR 0.2 relative


def carry(keypoints: np.ndarray, first: View,
          second: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Move keypoints (N, 4) = x, y, size, angle into the other view, as on a plane facing `first`.

    Returns:
        (N, 4) keypoints, (N,) which are seen there, (N,) of which it is unknown.
    """
    points, angle = keypoints[:, :2].astype(np.float64), np.radians(keypoints[:, 3])
    depth = first.depth_at(points)
    moved, distance = reproject(points, depth, first, second)
    step = 0.5 * np.stack([np.cos(angle), np.sin(angle)], 1)
    ahead = reproject(points + step, depth, first, second)[0] - moved
    across = reproject(points + step[:, ::-1] * [-1, 1], depth, first, second)[0] - moved
    area = np.abs(ahead[:, 0] * across[:, 1] - ahead[:, 1] * across[:, 0]) / 0.25
    turned = np.degrees(np.arctan2(ahead[:, 1], ahead[:, 0])) % 360
    seen = (depth > 0) & shows(second, moved, distance)
    unknown = (depth == 0) | (inside(np.rint(moved), second.size) & ~seen)
    return np.c_[moved, keypoints[:, 2] * np.sqrt(area), turned], seen, unknown


def shows(view: View, places: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Return where the view's own depth at places (N, 2) is the distance (N,), nothing nearer."""
    there = view.depth_at(places)
    return (there > 0) & (np.abs(there - distance) < SAME_DEPTH * distance)


def pad(rows: np.ndarray, count: int, value: float = 0) -> np.ndarray:
    """Return rows (N, ...) as (count, ...), filled with `value`."""
    padded = np.full((count, *rows.shape[1:]), value, rows.dtype)
    padded[:len(rows)] = rows
    return padded


def predict_keypoints(keypoints: np.ndarray, homography: np.ndarray) -> np.ndarray:
    """Map keypoints (N, 4) = x, y, size, angle by a homography, to first order.

    A second point at half the diameter in the direction of the angle is mapped too; it gives the
    new angle, and the root of the Jacobian's determinant the new size.
    """
    points, angle = keypoints[:, :2].astype(np.float64), np.radians(keypoints[:, 3])
    moved = transform(points, homography)
    step = 0.5 * np.stack([np.cos(angle), np.sin(angle)], 1)
    ahead = transform(points + step, homography) - moved
    across = transform(points + step[:, ::-1] * [-1, 1], homography) - moved
    area = np.abs(ahead[:, 0] * across[:, 1] - ahead[:, 1] * across[:, 0]) / 0.25
    turned = np.degrees(np.arctan2(ahead[:, 1], ahead[:, 0])) % 360
    return np.c_[moved, keypoints[:, 2] * np.sqrt(area), turned]


MATCH_PX = 3.0
MATCH_DEG = 45.0
MATCH_OCTAVES = 1.0


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
