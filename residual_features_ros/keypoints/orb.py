# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ORB (Rublee et al. 2011) of OpenCV."""
from __future__ import annotations

import cv2
import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.keypoints.opencv import from_opencv
from residual_features_ros.keypoints.selection import strongest
from residual_features_ros.types import Features


def detect_orb(grey: np.ndarray, count: int, config: ExtractorConfig) -> Features:
    """Find at most `count` keypoints in (H, W) uint8, with 256 bits in 32 bytes each."""
    orb = cv2.ORB.create(nfeatures=count, fastThreshold=config.orb_fast_threshold)
    points, rows = orb.detectAndCompute(grey, None)
    rows = np.zeros((0, 32), np.uint8) if rows is None else rows
    octaves = np.array([p.octave for p in points], np.int32)
    return strongest(from_opencv(points, octaves, rows, grey), count)
