# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""BEBLID (Suarez et al. 2020) and TEBLID (Suarez et al. 2021) of OpenCV at ORB's keypoints."""
from __future__ import annotations

import dataclasses
from typing import Any

import cv2
import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.keypoints.orb import detect_orb
from residual_features_ros.mask import Mask
from residual_features_ros.rows.pyramid import View
from residual_features_ros.types import Features

SCALE = 1.0  # of the sampled window beside the keypoint: OpenCV's documentation has it for ORB
BYTES = 32


class BoostedOrb:
    """ORB's keypoints with bits that boosting chose."""

    def __init__(self, name: str) -> None:
        """Create 'BEBLID' or 'TEBLID'; ImportError where OpenCV is built without it."""
        kind: Any = getattr(getattr(cv2, 'xfeatures2d', None), name, None)
        if kind is None:
            raise ImportError(f'{name} needs OpenCV with its contrib modules, 4.6 or later: pip '
                              'install opencv-contrib-python')
        self._describer = kind.create(SCALE, getattr(cv2.xfeatures2d, f'{name}_SIZE_256_BITS'))

    def __call__(self, view: View, count: int, config: ExtractorConfig,
                 mask: Mask | None = None) -> Features:
        """Find at most `count` keypoints, with 256 bits in 32 bytes each."""
        found = detect_orb(view, count, config, mask)
        if not len(found):
            return found
        points = [cv2.KeyPoint(float(x), float(y), float(size), float(angle), class_id=row)
                  for row, ((x, y), size, angle) in enumerate(
                      zip(found.keypoints, found.sizes, found.angles, strict=True))]
        points, bits = self._describer.compute(view.grey, points)
        kept = np.array([point.class_id for point in points], int)
        return dataclasses.replace(found.take(kept), descriptors=bits.reshape(-1, BYTES))
