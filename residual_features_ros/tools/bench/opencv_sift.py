# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""OpenCV's own SIFT, which bench compares the methods with."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.timings import Timings


class OpenCVSift:
    """cv2.SIFT and a cross-checked cv2.BFMatcher as they are, nothing of this package around them.

    An image's result is what detectAndCompute returns: keypoints and descriptors.
    """

    backend_description = f'OpenCV {cv2.__version__}'

    def __init__(self, config: ExtractorConfig) -> None:
        """Create SIFT with the settings that our own has."""
        wanted: Any = {'nfeatures': config.max_keypoints,
                       'contrastThreshold': config.sift_contrast_threshold}
        try:
            self._sift = cv2.SIFT.create(**wanted, enable_precise_upscale=True)
        except (TypeError, cv2.error):  # before OpenCV 4.8
            self._sift = cv2.SIFT.create(**wanted)
        self._matcher = cv2.BFMatcher(cv2.NORM_L2, crossCheck=True)
        self.timings = Timings()

    def extract(self, image: np.ndarray) -> tuple[Sequence[cv2.KeyPoint], np.ndarray]:
        """Detect and describe."""
        return self._sift.detectAndCompute(image, None)

    def match(self, a: tuple[Any, Any], b: tuple[Any, Any]) -> Sequence[cv2.DMatch]:
        """Return the mutual nearest neighbours."""
        return () if a[1] is None or b[1] is None else self._matcher.match(a[1], b[1])
