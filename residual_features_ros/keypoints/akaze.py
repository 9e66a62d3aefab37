# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""AKAZE (Alcantarilla et al. 2013) of OpenCV: blobs of a pyramid that keeps edges."""
from __future__ import annotations

import cv2
import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.keypoints.opencv import from_opencv
from residual_features_ros.keypoints.selection import strongest
from residual_features_ros.keypoints.sift import root
from residual_features_ros.mask import Mask
from residual_features_ros.rows.pyramid import pyramid
from residual_features_ros.rows.sift_rows import sift_rows
from residual_features_ros.rows.windows import keypoint_rows
from residual_features_ros.types import Features
import dataclasses

LAYERS = 4


def detect_akaze(grey, count, config, mask=None):
    akaze = cv2.AKAZE.create(threshold=1e-5)
    points = akaze.detect(grey, None)
    octaves = np.array([p.octave for p in points], np.int32)
    found = from_opencv(points, octaves, np.zeros((len(points), 0), np.float32), grey)
    found = strongest(mask.keep(found) if mask else found, count)
    return dataclasses.replace(found, descriptors=root(sift_rows(pyramid(grey), keypoint_rows(found))))
