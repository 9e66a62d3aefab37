# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""g: hand-crafted keypoints and descriptors (OpenCV's, and mahotas' SURF)."""
from __future__ import annotations

import functools
import logging
from collections.abc import Callable

import cv2
import numpy as np

from residual_features_ros.config import ExtractorConfig, unknown
from residual_features_ros.opencv import from_opencv, normalise_rows, strongest
from residual_features_ros.sift import Sift, UprightSift, root
from residual_features_ros.types import Features

log = logging.getLogger(__name__)


def detect_orb(grey: np.ndarray, count: int, config: ExtractorConfig) -> Features:
    """ORB (Rublee et al. 2011): 256 bits in 32 bytes."""
    orb = cv2.ORB.create(nfeatures=count, fastThreshold=config.orb_fast_threshold)
    points, rows = orb.detectAndCompute(grey, None)
    rows = np.zeros((0, 32), np.uint8) if rows is None else rows
    octaves = np.array([p.octave for p in points], np.int32)
    features = from_opencv(points, octaves, rows, grey)
    return strongest(features, count)


@functools.cache
def surf_provider() -> str:
    """Return who computes SURF here, 'opencv' or 'mahotas'; ImportError names the remedy."""
    try:
        cv2.xfeatures2d.SURF.create()
        return 'opencv'
    except (AttributeError, cv2.error):  # pip's OpenCV is built without OPENCV_ENABLE_NONFREE
        pass
    try:
        import mahotas.features.surf  # noqa: F401
    except ImportError as error:
        raise ImportError('SURF needs OpenCV built with OPENCV_ENABLE_NONFREE (the pip package '
                          'is not), or: pip install mahotas') from error
    log.info('this OpenCV has no SURF (OPENCV_ENABLE_NONFREE is off): mahotas computes it, '
             '64 floats')
    return 'mahotas'


def detect_surf(grey: np.ndarray, count: int, config: ExtractorConfig) -> Features:
    """SURF (Bay et al. 2008), 64 floats; from OpenCV where it was built non-free, else mahotas."""
    if surf_provider() == 'mahotas':
        return _detect_surf_mahotas(grey, count)
    surf = cv2.xfeatures2d.SURF.create(config.surf_hessian_threshold)
    points, rows = surf.detectAndCompute(grey, None)
    rows = np.zeros((0, 64), np.float32) if rows is None else rows
    octaves = np.array([p.octave for p in points], np.int32)
    return strongest(from_opencv(points, octaves, normalise_rows(rows), grey), count)


def _detect_surf_mahotas(grey: np.ndarray, count: int) -> Features:
    from mahotas.features import surf
    # It drops points at the border after it has counted: ask for more, keep `count`.
    rows = np.asarray(surf.surf(grey, max_points=2 * count)).reshape(-1, 70)
    rows = rows[np.isfinite(rows).all(1)]
    y, x, scale, score, _, angle = rows[:, :6].T.astype(np.float32)
    features = Features(
        np.stack([x, y], 1),
        scale * np.float32(9 / 1.2),  # the 9x9 filter stands for scale 1.2 (Bay et al., 3.3)
        np.degrees(angle) % 360, score,
        np.maximum(np.log2(np.maximum(scale, 1.2) / 1.2), 0).astype(np.int32),
        normalise_rows(rows[:, 6:]), (grey.shape[1], grey.shape[0]))
    return strongest(features, count)


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
