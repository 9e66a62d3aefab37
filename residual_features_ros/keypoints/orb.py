# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ORB (Rublee et al. 2011) of OpenCV."""
from __future__ import annotations

import cv2
import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.keypoints.opencv import from_opencv
from residual_features_ros.keypoints.selection import strongest
from residual_features_ros.mask import Mask
from residual_features_ros.rows.pyramid import View
from residual_features_ros.types import Features


def detect_orb(view: View, count: int, config: ExtractorConfig,
               mask: Mask | None = None) -> Features:
    """Find at most `count` keypoints, with 256 bits in 32 bytes each.

    OpenCV gives each level a share of the keypoints and asks the mask before it counts them. Its
    levels see the mask coarsely, so that some may have to go afterwards, and more are asked for.
    """
    grey = view.grey
    if mask is None:
        return strongest(_detected(grey, count, config, mask), count)
    asked, before, found = count, -1, _detected(grey, count, config, mask)
    while len(mask.keep(found)) < count and len(found) > before:
        asked, before = 2 * asked, len(found)
        found = _detected(grey, asked, config, mask)
    return strongest(mask.keep(found), count)


def _detected(grey: np.ndarray, most: int, config: ExtractorConfig,
              mask: Mask | None) -> Features:
    """Return at most `most` keypoints of OpenCV."""
    orb = cv2.ORB.create(nfeatures=most, fastThreshold=config.orb_fast_threshold)
    points, rows = orb.detectAndCompute(grey, mask.picture(grey) if mask else None)
    rows = np.zeros((0, 32), np.uint8) if rows is None else rows
    octaves = np.array([p.octave for p in points], np.int32)
    return from_opencv(points, octaves, rows, grey)
