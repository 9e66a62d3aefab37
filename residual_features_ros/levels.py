# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Sizes of keypoints as levels of one known factor, as ORB-SLAM and its relatives expect them.

An octave says where a detector found a keypoint, a level how large the keypoint is: all keypoints
of a level are `factor` times as large as those of the level before, whatever the detector.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FACTOR = 1.2  # ORB's own (Rublee et al. 2011) and that of ORB-SLAM's settings


@dataclass(frozen=True)
class Levels:
    """The levels of a detector: level k has the size first_size * factor**k.

    first_size: diameter of level 0 in pixels, the smallest that the detector gives.
    count: of levels; what is larger than the last one counts as of the last one.
    """

    first_size: float
    count: int
    factor: float = FACTOR


def levels_of(sizes: np.ndarray, levels: Levels) -> np.ndarray:
    """Return the nearest levels (N,) int32 in [0, count - 1] of diameters (N,) in pixels.

    Sizes are within a factor of sqrt(levels.factor) of their level's, unless they are smaller
    than the first or larger than the last one.
    """
    ratios = np.maximum(sizes.astype(np.float64) / levels.first_size, 1)
    steps = np.rint(np.log(ratios) / np.log(levels.factor))
    return np.minimum(steps, levels.count - 1).astype(np.int32)
