# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The pyramid that everything around keypoints is read from."""
from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from residual_features_ros.image import pad_to_multiple

LEVELS = 6
COARSEST = 3  # levels above are this one's size, blurred
MULTIPLE = 2**COARSEST  # of the sides of the image


def pyramid(grey: np.ndarray) -> list[np.ndarray]:
    """Return the levels that windows are read from.

    A pixel of level n is the mean of 2^n x 2^n pixels up to level 3; levels 4 and 5 are level 3
    blurred.

    Args:
        grey: (H, W) uint8; the right and bottom edges are repeated up to multiples of 8.

    Returns:
        LEVELS times (H', W') float32 in grey levels.
    """
    level: np.ndarray = pad_to_multiple(grey, MULTIPLE).astype(np.float32)
    levels = [level]
    for number in range(1, LEVELS):
        if number > COARSEST:
            blur = 2 * number - 5  # 3 cells, then 5
            level = cv2.blur(cv2.blur(level, (blur, blur)), (blur, blur))
        else:
            level = cv2.resize(level, (level.shape[1] // 2, level.shape[0] // 2),
                               interpolation=cv2.INTER_AREA)
        levels.append(level)
    return levels


@dataclass(frozen=True)
class View:
    """An image as detectors and rows read it.

    grey: (H, W) uint8.
    """

    grey: np.ndarray

    @cached_property
    def levels(self) -> tuple[np.ndarray, ...]:
        """Return its pyramid, made when it is first asked for."""
        return tuple(pyramid(self.grey))
