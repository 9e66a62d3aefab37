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
from residual_features_ros.rows.windows import keypoint_rows
from residual_features_ros.types import Features, float_rows

SCALE = 1.0  # of the sampled window beside the keypoint: OpenCV's documentation has it for ORB
BYTES = 32


class Boosted:
    """Bits that boosting chose, at any keypoints."""

    def __init__(self, name: str) -> None:
        """Create 'BEBLID' or 'TEBLID'; ImportError where OpenCV is built without it."""
        kind: Any = getattr(getattr(cv2, 'xfeatures2d', None), name, None)
        if kind is None:
            raise ImportError(f'{name} needs OpenCV with its contrib modules, 4.6 or later: pip '
                              'install opencv-contrib-python')
        self._describer = kind.create(SCALE, getattr(cv2.xfeatures2d, f'{name}_SIZE_256_BITS'))

    def compute(self, grey: np.ndarray, keypoints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return which rows (M,) OpenCV describes, and their bits (M, BYTES) uint8.

        Args:
            grey: (H, W) uint8.
            keypoints: (N, 4) x, y, size, angle in degrees.
        """
        if not len(keypoints):
            return np.zeros(0, int), np.zeros((0, BYTES), np.uint8)
        points = [cv2.KeyPoint(x, y, size, angle, class_id=row)
                  for row, (x, y, size, angle) in enumerate(keypoints.tolist())]
        points, bits = self._describer.compute(grey, points)
        kept = np.array([point.class_id for point in points], int)
        return kept, np.zeros((0, BYTES), np.uint8) if bits is None else bits.reshape(-1, BYTES)

    def rows(self, grey: np.ndarray, keypoints: np.ndarray) -> np.ndarray:
        """Return (N, 8 * BYTES) unit float32 rows of keypoints (N, 4), 0 where there are no bits.

        That is where OpenCV describes none, and of padding, whose size is 0.
        """
        real = np.flatnonzero(keypoints[:, 2] > 0)
        kept, bits = self.compute(grey, keypoints[real])
        rows = np.zeros((len(keypoints), 8 * BYTES), np.float32)
        rows[real[kept]] = float_rows(bits)
        return rows


class BoostedOrb(Boosted):
    """ORB's keypoints with these bits."""

    def __call__(self, view: View, count: int, config: ExtractorConfig,
                 mask: Mask | None = None) -> Features:
        """Find at most `count` keypoints, with 256 bits in 32 bytes each."""
        found = detect_orb(view, count, config, mask)
        kept, bits = self.compute(view.grey, keypoint_rows(found))
        return dataclasses.replace(found.take(kept), descriptors=bits)
