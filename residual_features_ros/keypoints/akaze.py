# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""AKAZE (Alcantarilla et al. 2013) of OpenCV: blobs of a pyramid that keeps edges."""
from __future__ import annotations

import cv2
import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.keypoints.opencv import from_opencv
from residual_features_ros.keypoints.selection import strongest
from residual_features_ros.mask import Mask
from residual_features_ros.rows.pyramid import View
from residual_features_ros.types import Features

BYTES = 61  # of its own descriptor, M-LDB


def find_akaze(view: View, count: int, config: ExtractorConfig,
               mask: Mask | None = None) -> Features:
    """Find at most `count` keypoints, without descriptors."""
    points = cv2.AKAZE.create(threshold=config.akaze_threshold).detect(view.grey, None)
    octaves = np.array([point.octave for point in points], np.int32)
    rows = np.zeros((len(points), 0), np.float32)
    found = from_opencv(points, octaves, rows, view.grey)
    return strongest(mask.keep(found) if mask else found, count)


def detect_akaze(view: View, count: int, config: ExtractorConfig,
                 mask: Mask | None = None) -> Features:
    """Find at most `count` keypoints, with AKAZE's own 486 bits in 61 bytes each."""
    akaze = cv2.AKAZE.create(threshold=config.akaze_threshold)
    points, rows = akaze.detectAndCompute(view.grey, None)
    rows = np.zeros((0, BYTES), np.uint8) if rows is None else rows
    octaves = np.array([point.octave for point in points], np.int32)
    found = from_opencv(points, octaves, rows, view.grey)
    return strongest(mask.keep(found) if mask else found, count)
