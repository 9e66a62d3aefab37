# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What data sets of real pairs with hand-crafted keypoints have in common."""
from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.image import to_grey
from residual_features_ros.keypoints.table import DETECTORS, detect
from residual_features_ros.types import Features
from training.config import DataConfig

Source = TypeVar('Source')


class DetectedPairs(Generic[Source]):
    """Samples of a source, whose keypoints a hand-crafted method finds."""

    def __init__(self, source: Source, handcrafted: str, config: DataConfig, seed: int,
                 length: int) -> None:
        """Hold the source; `length` is the number of samples."""
        self.source, self.handcrafted, self.config = source, handcrafted, config
        self.seed, self.length = seed, length

    def __len__(self) -> int:
        """Return the number of samples."""
        return self.length

    @property
    def upright(self) -> bool:
        """Return whether angles say nothing."""
        return not DETECTORS[self.handcrafted].oriented

    def detect(self, view: np.ndarray) -> Features:
        """Return the keypoints of a view (H, W, 3)."""
        return detect(self.handcrafted, to_grey(view), self.config.keypoints, ExtractorConfig())
