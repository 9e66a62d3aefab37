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

import numpy as np

from residual_features_ros.rows import squares
from residual_features_ros.rows.pyramid import pyramid
from residual_features_ros.types import Features

LEAST_VARIANCE = 1.6  # in grey levels squared: a window flatter than that stays flat


@dataclass(frozen=True)
class Window:
    """A square around a keypoint.

    side: in diameters of the keypoint. turned: by its angle.
    """

    side: float
    turned: bool = True


def keypoint_rows(features: Features) -> np.ndarray:
    """Return (N, 4) float32 rows x, y, size, angle, the form in which windows take keypoints."""
    columns = (features.keypoints, features.sizes[:, None], features.angles[:, None])
    return np.concatenate(columns, 1, dtype=np.float32)


def frames(keypoints: np.ndarray, windows: Sequence[Window],
           samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where windows lie, as squares.frames; those of a keypoint are one after the other.

    The level is the one whose pixels are nearest to the distance between samples.

    Args:
        keypoints: (N, 4) x, y, size, angle.
        windows: C of them.
        samples: along a side, S.

    Returns:
        (N * C,) int32 levels, and (N * C, 4) float32.
    """
    # (N, 4) -> 4 of (N * C,)
    x, y, diameter, angle = np.repeat(keypoints.astype(np.float32), len(windows), 0).T
    sides = np.tile([np.float32(window.side) for window in windows], len(keypoints))
    turned = np.tile([np.float32(window.turned) for window in windows], len(keypoints))
    step = diameter * (sides / samples)
    level = np.rint(np.log2(np.maximum(step, 1e-3)))
    return squares.frames(np.stack([x, y], 1), step, np.radians(angle) * turned, level)


def read_windows(levels: Sequence[np.ndarray], keypoints: np.ndarray, windows: Sequence[Window],
                 samples: int) -> np.ndarray:
    """Read windows off a pyramid and give each mean 0 and standard deviation 1.

    Samples outside the image take its border's value.

    Args:
        levels: of `pyramid`.
        keypoints: (N, 4) x, y, size, angle in pixels and degrees.
        windows: C of them.
        samples: along a side, S.

    Returns:
        (N, C, S, S) float32.
    """
    shape = (len(keypoints), len(windows), samples, samples)
    if not len(keypoints) or not windows:
        return np.zeros(shape, np.float32)
    level, at = frames(keypoints, windows, samples)
    mean = np.full(samples**2, 1 / samples**2, np.float32)
    rows = np.empty((len(level), samples**2), np.float32)
    for chosen, read in squares.read_squares(levels, level, at, samples):
        read -= (read @ mean)[:, None]
        variance = np.einsum('ns,ns->n', read, read) * mean[0]
        read /= np.sqrt(variance + LEAST_VARIANCE)[:, None]
        rows[chosen] = read
    return rows.reshape(shape)  # (N * C, S * S) -> (N, C, S, S)


def cut_windows(grey: np.ndarray, keypoints: np.ndarray, windows: Sequence[Window],
                samples: int) -> np.ndarray:
    """Do `read_windows` on the pyramid of an image, (H, W) uint8."""
    return read_windows(pyramid(grey), keypoints, windows, samples)
