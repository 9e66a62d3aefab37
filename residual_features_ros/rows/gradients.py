# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Gradients on a small grid around each keypoint, of which rows and orientations are made.

What OpenCV computes pixel by pixel is a grid of samples here, 0.75 sigma apart, read off the
pyramid for all keypoints at once. Functions here are the twins in numpy of loops.smooth and
loops.gradients.
"""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from residual_features_ros.rows import squares

STEP = 0.375  # between samples, in diameters: 0.75 sigma, where the diameter is 2 sigma
LEVEL_BIAS = 0.3  # log2 of the step, above which a coarser level is read
BLUR = 1.1  # of the samples, in samples: with what levels have it makes OpenCV's smoothing
REACH = 3  # samples that the blur takes on each side
ROUNDING = 1e-3  # grey levels: what a matrix product makes of no gradient


def gaussian() -> np.ndarray:
    """Return (REACH + 1,) float32, the blur's weights from the middle outwards."""
    weights = np.exp(-np.arange(REACH + 1) ** 2 / (2 * BLUR**2))
    return (weights / (2 * weights.sum() - weights[0])).astype(np.float32)


KERNEL = gaussian()


def frames(keypoints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what squares.frames does for keypoints (N, 4) x, y, diameter, angle."""
    x, y, diameter, angle = keypoints.astype(np.float32).T
    step = diameter * np.float32(STEP)
    level = np.floor(np.log2(np.maximum(step, 1e-3)) + LEVEL_BIAS)
    return squares.frames(np.stack([x, y], 1), step, np.radians(angle), level)


def read_samples(levels: Sequence[np.ndarray], level: np.ndarray, at: np.ndarray,
                 side: int) -> np.ndarray:
    """Return the squares of `frames`, (N, side, side) float32 grey levels."""
    samples = np.empty((len(level), side**2), np.float32)
    for rows, read in squares.read_squares(levels, level, at, side):
        samples[rows] = read
    return samples.reshape(-1, side, side)


def smooth(samples: np.ndarray) -> np.ndarray:
    """Blur (N, S, S) samples; the first and last are repeated."""
    side = samples.shape[1]
    matrix = np.zeros((side, side), np.float32)
    for to in range(side):
        taken = np.clip(np.arange(to - REACH, to + REACH + 1), 0, side - 1)
        np.add.at(matrix[to], taken, np.concatenate([KERNEL[:0:-1], KERNEL]))
    blurred: np.ndarray = matrix @ (samples @ matrix.T)
    return blurred


def gradients(levels: Sequence[np.ndarray], keypoints: np.ndarray, inner: int,
              directions: int) -> tuple[np.ndarray, np.ndarray]:
    """Return lengths and directions of the gradients around keypoints.

    Args:
        levels: of a pyramid.
        keypoints: (N, 4) x, y, diameter, angle in pixels and degrees.
        inner: samples along a side, S.
        directions: how many make a turn; they count from the right towards the top.

    Returns:
        twice (N, S * S) float32; directions are in [0, directions].
    """
    smoothed = smooth(read_samples(levels, *frames(keypoints), inner + 2))
    right = (smoothed[:, 1:-1, 2:] - smoothed[:, 1:-1, :-2]).reshape(-1, inner**2)
    up = (smoothed[:, :-2, 1:-1] - smoothed[:, 2:, 1:-1]).reshape(-1, inner**2)
    turn = np.arctan2(up, right) * np.float32(directions / (2 * np.pi))
    length = np.hypot(right, up)
    length[length < ROUNDING] = 0
    return length, np.where(turn < 0, turn + np.float32(directions), turn)
