# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""SIFT's descriptor (Lowe 2004, section 6) of any keypoint with place, size and angle.

It is read off the pyramid that windows are read from, so that a detector need not describe, and
only keypoints that were chosen are described.
"""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from residual_features_ros import loops
from residual_features_ros.compiling import has_compiler
from residual_features_ros.rows.gradients import KERNEL, frames, gradients
from residual_features_ros.types import normalise_rows

CELLS, BINS = loops.CELLS, 8  # along a side, and directions of a cell
DIM = CELLS * CELLS * BINS
INNER = 20  # samples along a side that have a gradient
CELL = INNER / (CELLS + 1)  # samples along a side of a cell: OpenCV's 3 sigma
CLIP = 0.2


def cell_shares() -> np.ndarray:
    """Return (INNER, CELLS) float32: how much of a sample the cells along one side take.

    Linear between the centres of cells, times a Gaussian of 2 cells about the keypoint.
    """
    place = np.arange(INNER) - (INNER - 1) / 2
    centres = (np.arange(CELLS) - (CELLS - 1) / 2) * CELL
    shares = np.maximum(0, 1 - np.abs(place[:, None] - centres) / CELL)
    weighted: np.ndarray = shares * np.exp(-(place / CELL) ** 2 / (2 * 2**2))[:, None]
    return weighted.astype(np.float32)


SHARES = cell_shares()


def cell_histograms(levels: Sequence[np.ndarray], keypoints: np.ndarray) -> np.ndarray:
    """Return (N, DIM) float32 histograms of directions, as `sift_rows` before it scales them.

    The twin in numpy of loops.histograms.
    """
    length, direction = gradients(levels, keypoints, INNER, BINS)
    parts = np.empty((len(keypoints), BINS, INNER**2), np.float32)
    for number in range(BINS):
        off = np.abs(direction - number)
        parts[:, number] = np.maximum(0, 1 - np.minimum(off, BINS - off)) * length
    pooling = np.einsum('yi,xj->yxij', SHARES, SHARES).reshape(INNER**2, CELLS**2)
    cells = (parts.reshape(-1, INNER**2) @ pooling).reshape(-1, BINS, CELLS**2)
    return cells.transpose(0, 2, 1).reshape(-1, DIM)


def sift_rows(levels: Sequence[np.ndarray], keypoints: np.ndarray) -> np.ndarray:
    """Return SIFT's descriptors of keypoints.

    Args:
        levels: of `pyramid`.
        keypoints: (N, 4) x, y, diameter, angle in pixels and degrees.

    Returns:
        (N, DIM) float32, unit rows in OpenCV's order: cells from the top left row by row, 8
        directions each, to the right first and on towards the top.
    """
    if has_compiler():
        rows = np.empty((len(keypoints), DIM), np.float32)
        loops.histograms(tuple(levels), *frames(keypoints), KERNEL, SHARES, rows)
    else:
        rows = cell_histograms(levels, keypoints)
    return normalise_rows(np.minimum(normalise_rows(rows), CLIP))


def root(rows: np.ndarray) -> np.ndarray:
    """RootSIFT: the square root of L1-normalised rows (Arandjelovic and Zisserman 2012)."""
    return normalise_rows(np.sqrt(rows / np.maximum(rows.sum(1, keepdims=True), 1e-12)))
