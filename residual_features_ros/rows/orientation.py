# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The dominant direction of the gradients around a keypoint (Lowe 2004, section 5)."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from residual_features_ros import loops
from residual_features_ros.compiling import has_compiler
from residual_features_ros.rows.gradients import KERNEL, STEP, frames, gradients

BINS = 36  # of a turn
INNER = 12  # samples along a side: 4.5 sigma on each
SPREAD = 1.5  # of the Gaussian that weighs samples, in sigma
PASSES = 2  # of smoothing over neighbouring bins


def sample_weights() -> np.ndarray:
    """Return (INNER, INNER) float32, the weights of samples."""
    place = (np.arange(INNER) - (INNER - 1) / 2) * 2 * STEP  # in sigma
    weights = np.exp(-place**2 / (2 * SPREAD**2))
    return np.outer(weights, weights).astype(np.float32)


WEIGHTS = sample_weights()


def turn_histograms(levels: Sequence[np.ndarray], keypoints: np.ndarray) -> np.ndarray:
    """Return (N, BINS) float32 histograms of directions; the twin of loops.turn_histograms."""
    length, direction = gradients(levels, keypoints, INNER, BINS)
    low = np.floor(direction)
    weight = length * WEIGHTS.ravel()
    high = (direction - low) * weight
    bins = low.astype(np.int64) % BINS
    first = np.arange(len(keypoints))[:, None] * BINS
    size = len(keypoints) * BINS
    total = np.bincount((first + bins).ravel(), (weight - high).ravel(), size) \
        + np.bincount((first + (bins + 1) % BINS).ravel(), high.ravel(), size)
    return total.reshape(-1, BINS).astype(np.float32)


def orientations(levels: Sequence[np.ndarray], keypoints: np.ndarray) -> np.ndarray:
    """Return (N,) float32 degrees, clockwise in the image.

    Args:
        levels: of `pyramid`.
        keypoints: (N, 4) x, y, diameter in pixels, and an angle that is not looked at.
    """
    upright = keypoints.astype(np.float32)
    upright[:, 3] = 0
    total: np.ndarray
    if has_compiler():
        total = np.empty((len(keypoints), BINS), np.float32)
        loops.turn_histograms(tuple(levels), *frames(upright), KERNEL, WEIGHTS, total)
    else:
        total = turn_histograms(levels, upright)
    for _ in range(PASSES):
        total = (np.roll(total, 1, 1) + 2 * total + np.roll(total, -1, 1)) / 4
    rows, peak = np.arange(len(total)), total.argmax(1)
    before, middle, after = (total[rows, (peak + step) % BINS] for step in (-1, 0, 1))
    curvature = np.maximum(2 * middle - before - after, 1e-12)
    turn = peak + (after - before) / (2 * curvature)  # from the right towards the top
    # A little less than 360 is rounded up to it.
    return np.asarray(-turn * (360 / BINS) % 360, np.float32) % 360
