# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How far off its centre a detector finds a blob: on a grid of blobs at known places."""
from __future__ import annotations

import numpy as np

SPACING_PX = 64
SIGMA_PX = 4.0
SWAY_PX = 4.0  # of a centre from its place on the grid: every place between pixels of any octave
SEED = 1
DARK, BRIGHT = 30.0, 200.0  # grey levels around blobs, and added in their middle
NEAR_PX = 3.0
LEAST_SHARE = 0.5  # of the blobs, that must be found


def blob_grid(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return an image of blobs (H, W) uint8 of `size` (width, height), and their centres (N, 2).

    A blob is a Gaussian of SIGMA_PX. ValueError where the image has no room for one.
    """
    places = [np.arange(SPACING_PX // 2, side - SPACING_PX // 2 + 1, SPACING_PX) for side in size]
    if not all(map(len, places)):
        raise ValueError(f'--size {size[0]}x{size[1]}: at least {SPACING_PX}x{SPACING_PX}')
    grid = np.stack(np.meshgrid(*places), -1).reshape(-1, 2)
    centres = grid + np.random.default_rng(SEED).uniform(-SWAY_PX, SWAY_PX, grid.shape)
    x, y = (np.exp(-(np.arange(side) - centres[:, [axis]])**2 / (2 * SIGMA_PX**2))
            for axis, side in enumerate(size))
    return np.rint(DARK + BRIGHT * (y.T @ x)).astype(np.uint8), centres  # (H, N) @ (N, W)


def bias(points: np.ndarray, centres: np.ndarray) -> float | None:
    """Return how far off keypoints (N, 2) are from centres (M, 2) in the mean, in pixels.

    It is the larger one of x and y, of the keypoint nearest to each centre; None where fewer than
    LEAST_SHARE of the centres have one within NEAR_PX.
    """
    if not len(points):
        return None
    offsets = points[None] - centres[:, None]  # (M, N, 2)
    apart = np.linalg.norm(offsets, axis=2)
    nearest = offsets[np.arange(len(centres)), apart.argmin(1)]
    is_near = apart.min(1) < NEAR_PX
    if is_near.mean() < LEAST_SHARE:
        return None
    return float(np.abs(nearest[is_near].mean(0)).max())
