# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera that moves along a panorama of photographs: pan, zoom, roll and perspective."""
from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

PANORAMA_HEIGHT_PX = 480
NOISE_SIGMA = 2.0  # grey levels, about what a small camera has indoors


def make_panorama(photographs: Sequence[np.ndarray]) -> np.ndarray:
    """Return the photographs side by side, scaled to one height."""
    height = PANORAMA_HEIGHT_PX
    return np.hstack([cv2.resize(photo, (round(photo.shape[1] * height / len(photo)), height))
                      for photo in photographs])


def view_corners(time: float, panorama: tuple[int, int], aspect: float) -> np.ndarray:
    """Return what the camera sees of the panorama at a time in [0, 1).

    Args:
        time: 0 is the left end of the path, 0.5 the right one, 1 the left one again.
        panorama: its (width, height) in pixels.
        aspect: width / height of the camera's image.

    Returns:
        (4, 2) pixels of the panorama at the image's corners, clockwise from the top left.
    """
    turn = 2 * np.pi * time
    height = panorama[1] * (0.58 - 0.1 * np.cos(3 * turn))  # zoom
    width = height * aspect
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2 * [width, height]
    corners[:, 1] *= 1 + np.array([-1, 1, 1, -1]) * 0.09 * np.sin(2 * turn)  # yaw
    corners[:, 0] *= 1 + np.array([-1, -1, 1, 1]) * 0.06 * np.sin(3 * turn)  # pitch
    roll = np.radians(9) * np.sin(2 * turn + 1)
    rotation = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    reach = max(panorama[0] - 1.25 * width, 0) / 2
    centre = [panorama[0] / 2 - reach * np.cos(turn),
              panorama[1] * (0.5 + 0.05 * np.sin(4 * turn))]
    return corners @ rotation + centre


def moving_view(photographs: Sequence[np.ndarray], size: tuple[int, int],
                count: int) -> Iterator[np.ndarray]:
    """Yield `count` images (height, width, 3) BGR uint8 along the path and back."""
    panorama, noise = make_panorama(photographs), np.random.default_rng(0)
    twice = (2 * size[0], 2 * size[1])  # rendered at twice the size against aliasing
    frame = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * twice - 0.5
    for i in range(count):
        corners = view_corners(i / count, panorama.shape[1::-1], size[0] / size[1])
        to_panorama = cv2.getPerspectiveTransform(frame.astype(np.float32),
                                                  corners.astype(np.float32))
        seen = cv2.warpPerspective(panorama, to_panorama, twice, borderMode=cv2.BORDER_REFLECT,
                                   flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        seen = cv2.resize(seen, size, interpolation=cv2.INTER_AREA)
        noisy = seen + noise.normal(0, NOISE_SIGMA, seen.shape)
        yield np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
