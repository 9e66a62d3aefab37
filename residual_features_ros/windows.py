# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Windows of the image around keypoints, for networks f that declare the input 'windows'.

A hand-crafted descriptor sees about 6 diameters of its keypoint. Windows of several times that,
turned and scaled like the keypoint, add context that moves with it; windows that stay upright help
where the two views' orientations disagree. Runtime and trainer cut them by this one code.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from residual_features_ros.image import pad_to_multiple

LEVELS = 6
COARSEST = 3  # levels above are this one's size, blurred
MULTIPLE = 2**COARSEST  # of the sides of the image
LEAST_VARIANCE = 1.6  # in grey levels squared: a window flatter than that stays flat
MOST_ROWS = 32_000  # cv2.remap takes less than 2**15


@dataclass(frozen=True)
class Window:
    """A square around a keypoint.

    side: in diameters of the keypoint. turned: by its angle.
    """

    side: float
    turned: bool = True


def places(width: int, height: int) -> np.ndarray:
    """Return where the levels lie in the map of `pyramid`: rows x, y, width, height (LEVELS, 4).

    Level 0 is at the left, level 1 at the top of its right, level 2 and the others below that.
    """
    half, quarter, eighth = ([side // 2**n for side in (width, height)] for n in (1, 2, 3))
    x, y = width + quarter[0], half[1]
    corners = [(0, 0), (width, 0), (width, y), (x, y), (x, y + eighth[1]), (x + eighth[0], y)]
    sizes = [(width, height), half, quarter, eighth, eighth, eighth]
    return np.array([(*corner, *size) for corner, size in zip(corners, sizes, strict=True)])


def pyramid(grey: np.ndarray) -> np.ndarray:
    """Put an image's pyramid into one map, so that one sampling reads all levels.

    A pixel of level n is the mean of 2^n x 2^n pixels up to level 3; levels 4 and 5 are level 3
    blurred.

    Args:
        grey: (H, W) uint8; the right and bottom edges are repeated up to multiples of 8.

    Returns:
        (H', 1.5 W') float32 in grey levels.
    """
    level: np.ndarray = pad_to_multiple(grey, MULTIPLE).astype(np.float32)
    height, width = level.shape
    levels = np.zeros((height, width * 3 // 2), np.float32)  # interpolation reads between levels
    for number, (x, y, columns, rows) in enumerate(places(width, height).tolist()):
        if number > COARSEST:
            blur = 2 * number - 5  # 3 cells, then 5
            level = cv2.blur(cv2.blur(level, (blur, blur)), (blur, blur))
        elif number:
            level = cv2.resize(level, (columns, rows), interpolation=cv2.INTER_AREA)
        levels[y:y + rows, x:x + columns] = level
    return levels


def sampling_maps(keypoints: np.ndarray, windows: Sequence[Window], samples: int,
                  size: tuple[int, int]) -> np.ndarray:
    """Return where in the map of `pyramid` the samples of windows lie.

    The level is the one whose pixels are nearest to the distance between samples. Samples outside
    the image take its border's value.

    Args:
        keypoints: (N, 4) x, y, size, angle.
        windows: C of them.
        samples: along a side, S.
        size: width and height of the image that the pyramid was made of, multiples of 8.

    Returns:
        (2, N * C, S * S) float32 x and y.
    """
    x, y, diameter, angle = keypoints.T.astype(np.float32)
    sides = np.array([window.side for window in windows], np.float32)
    turned = np.array([window.turned for window in windows], np.float32)
    step = diameter[:, None] * (sides / samples)  # (N, C)
    level = np.rint(np.log2(np.maximum(step, 1e-3))).clip(0, LEVELS - 1).astype(int)
    shrink = np.float32(0.5) ** np.minimum(level, COARSEST).astype(np.float32)
    turn = np.radians(angle)[:, None] * turned
    along, across = np.cos(turn) * step * shrink, np.sin(turn) * step * shrink
    offsets = np.arange(samples, dtype=np.float32) - np.float32(samples - 1) / 2
    level_places = places(*size).astype(np.float32)
    maps = np.empty((2, *step.shape, samples, samples), np.float32)
    for axis, centre, by_u, by_v in ((0, x, along, -across), (1, y, across, along)):
        first, length = level_places[level, axis], level_places[level, axis + 2]
        middle = (centre[:, None] + 0.5) * shrink - 0.5 + first
        # No matrix product: BLAS threads that spin after one would take the cores from f.
        in_row = (middle[..., None] + by_u[..., None] * offsets)[..., None, :]
        np.add(in_row, (by_v[..., None] * offsets)[..., None], out=maps[axis])
        low, high = first[..., None, None], (first + length - 1)[..., None, None]
        np.minimum(np.maximum(maps[axis], low, out=maps[axis]), high, out=maps[axis])
    return maps.reshape(2, step.size, samples * samples)


def cut_windows(grey: np.ndarray, keypoints: np.ndarray, windows: Sequence[Window],
                samples: int) -> np.ndarray:
    """Cut windows out and give each mean 0 and standard deviation 1.

    Args:
        grey: (H, W) uint8.
        keypoints: (N, 4) x, y, size, angle in pixels and degrees.
        windows: C of them.
        samples: along a side, S.

    Returns:
        (N, C, S, S) float32.
    """
    if not len(keypoints) or not windows:
        return np.zeros((len(keypoints), len(windows), samples, samples), np.float32)
    levels = pyramid(grey)
    size = (levels.shape[1] * 2 // 3, levels.shape[0])
    x, y = sampling_maps(keypoints, windows, samples, size)
    parts = [cv2.remap(levels, x[i:i + MOST_ROWS], y[i:i + MOST_ROWS], cv2.INTER_LINEAR)
             for i in range(0, len(x), MOST_ROWS)]
    rows = parts[0] if len(parts) == 1 else np.concatenate(parts)
    rows -= rows.mean(1, keepdims=True)
    variance = np.einsum('ns,ns->n', rows, rows) / rows.shape[1]
    rows /= np.sqrt(variance + LEAST_VARIANCE)[:, None]
    return rows.reshape(len(keypoints), len(windows), samples, samples)
