# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Squares of samples around keypoints, read off a pyramid level by level.

Windows and hand-crafted rows are both made of them.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from residual_features_ros.rows.pyramid import COARSEST, LEVELS

MOST_ROWS = 32_000  # cv2.remap takes less than 2**15


def frames(places: np.ndarray, step: np.ndarray, turn: np.ndarray,
           level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where squares lie at the levels that they are read off.

    Args:
        places: (N, 2) float32 centres in pixels of the image.
        step: (N,) float32 pixels of the image from sample to sample.
        turn: (N,) float32 radians, clockwise in the image.
        level: (N,) which level, as whole numbers of any range.

    Returns:
        (N,) int32 levels that there are, and (N, 4) float32 there: x and y of the centre, and the
        step times cosine and sine of the turn.
    """
    level = level.clip(0, LEVELS - 1).astype(np.int32)
    shrink = np.float32(0.5) ** np.minimum(level, COARSEST).astype(np.float32)
    half = np.float32(0.5)
    x, y = (places.T + half) * shrink - half
    return level, np.stack([x, y, np.cos(turn) * step * shrink, np.sin(turn) * step * shrink], 1)


def read_squares(levels: Sequence[np.ndarray], level: np.ndarray, at: np.ndarray,
                 side: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Read all squares, those of a level at a time; the twin in numpy of loops.read.

    Samples outside the image take its border's value.

    Args:
        levels: of a pyramid.
        level: (N,) of `frames`.
        at: (N, 4) of `frames`.
        side: samples along a side, S.

    Yields:
        which of them, (M,), and their samples, (M, S * S) float32 row by row.
    """
    offsets = np.arange(side, dtype=np.float32) - np.float32(side - 1) / 2
    grid = np.stack([np.tile(offsets, side), np.repeat(offsets, side),
                     np.ones(side**2, np.float32)])
    x, y, along, across = at.T
    maps = np.stack([np.stack([along, -across, x], 1), np.stack([across, along, y], 1)])
    order = np.argsort(level, kind='stable')
    bounds = np.searchsorted(level[order], np.arange(len(levels) + 1)).tolist()
    for number, image in enumerate(levels):
        for start in range(bounds[number], bounds[number + 1], MOST_ROWS):
            chosen = order[start:min(start + MOST_ROWS, bounds[number + 1])]
            x, y = maps[:, chosen] @ grid  # (2, M, 3) @ (3, S * S) -> 2 of (M, S * S)
            yield chosen, cv2.remap(image, x, y, cv2.INTER_LINEAR,
                                    borderMode=cv2.BORDER_REPLICATE)
