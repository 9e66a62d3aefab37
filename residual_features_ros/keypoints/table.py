# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""g: the table of hand-crafted detectors."""
from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.errors import unknown
from residual_features_ros.keypoints.orb import detect_orb
from residual_features_ros.keypoints.sift import Sift, UprightSift, root
from residual_features_ros.keypoints.surf import detect_surf
from residual_features_ros.types import Features, normalise_rows

log = logging.getLogger(__name__)
Detector = Callable[[np.ndarray, int, ExtractorConfig], Features]
HANDCRAFTED: dict[str, Callable[[], Detector]] = {
    'orb': lambda: detect_orb,
    'sift': lambda: Sift(normalise_rows),
    'rootsift': lambda: Sift(root),
    'rootsift_upright': UprightSift,
    'surf': lambda: detect_surf,
}


def create_detector(name: str) -> Detector:
    """Return the detector of the hand-crafted kind `name` for the images of one camera.

    It takes (H, W) uint8 grey, the most keypoints wanted, and settings. What it remembers of
    earlier images decides how long it takes, not what it finds.
    """
    if name not in HANDCRAFTED:
        raise unknown('hand-crafted kind', name, HANDCRAFTED)
    return HANDCRAFTED[name]()


def detect(name: str, grey: np.ndarray, count: int, config: ExtractorConfig) -> Features:
    """Find at most `count` keypoints of the hand-crafted kind `name` in (H, W) uint8 grey."""
    return create_detector(name)(grey, count, config)
