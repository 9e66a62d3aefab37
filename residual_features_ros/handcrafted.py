# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""g: hand-crafted keypoints and descriptors (OpenCV's, and mahotas' SURF)."""
from __future__ import annotations

import dataclasses
import functools
import logging
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from residual_features_ros.config import ExtractorConfig, unknown
from residual_features_ros.image import map_back
from residual_features_ros.types import Features

log = logging.getLogger(__name__)


def normalise_rows(rows: np.ndarray) -> np.ndarray:
    """Return the rows divided by their L2 norm; a zero row stays zero."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.maximum(norms, 1e-12)).astype(np.float32)


def root(rows: np.ndarray) -> np.ndarray:
    """RootSIFT: the square root of L1-normalised rows (Arandjelovic and Zisserman 2012)."""
    return normalise_rows(np.sqrt(rows / np.maximum(rows.sum(1, keepdims=True), 1e-12)))


def from_opencv(points: Sequence[cv2.KeyPoint], octaves: np.ndarray, descriptors: np.ndarray,
                image: np.ndarray) -> Features:
    """Collect OpenCV's keypoints as Features of `image`, as they stand."""
    table = np.array([(*p.pt, p.size, p.angle, p.response) for p in points],
                     np.float32).reshape(-1, 5)
    return Features(np.ascontiguousarray(table[:, :2]), table[:, 2], table[:, 3], table[:, 4],
                    octaves.astype(np.int32), descriptors, (image.shape[1], image.shape[0]))


def strongest(features: Features, count: int) -> Features:
    """Return the `count` features of largest response, strongest first (ties keep their order)."""
    return features.take(np.argsort(-features.responses, kind='stable')[:count])


def _sift_octaves(points: Sequence[cv2.KeyPoint]) -> np.ndarray:
    # OpenCV packs (octave, layer, offset); the octave is a signed byte that starts at -1.
    packed = np.array([p.octave for p in points], np.int64) & 255
    return np.where(packed < 128, packed, packed - 256) + 1


UPSCALE_OFFSET_PX = 0.25


@functools.cache
def _has_precise_upscale() -> bool:
    """Return whether OpenCV can upsample SIFT's first octave in place (4.8 and later).

    Otherwise every keypoint is 0.25 px off in x and y, which is taken back here.
    """
    try:
        cv2.SIFT.create(enable_precise_upscale=True)
        return True
    except (TypeError, cv2.error):
        log.info('OpenCV %s has no enable_precise_upscale: SIFT keypoints are moved by -0.25 px',
                 cv2.__version__)
        return False


def _create_sift(config: ExtractorConfig, count: int) -> cv2.SIFT:
    precise = {'enable_precise_upscale': True} if _has_precise_upscale() else {}
    return cv2.SIFT.create(nfeatures=count, contrastThreshold=config.sift_contrast_threshold,
                           **precise)


def _from_sift(points: Sequence[cv2.KeyPoint], descriptors: np.ndarray,
               image: np.ndarray) -> Features:
    features = from_opencv(points, _sift_octaves(points), descriptors, image)
    if _has_precise_upscale():
        return features
    return dataclasses.replace(features, keypoints=features.keypoints - UPSCALE_OFFSET_PX)


def _with_first_octave(find: Callable[[np.ndarray], Features], grey: np.ndarray,
                       config: ExtractorConfig) -> Features:
    """Run a kind of SIFT from config.sift_first_octave on.

    OpenCV always upsamples the image by 2: it gets one of half the size.
    """
    if config.sift_first_octave < 0:
        return find(grey)
    height, width = grey.shape
    small = cv2.resize(grey, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    scale = np.array(small.shape[::-1]) / (width, height)
    features = map_back(find(small), grey, scale)
    return dataclasses.replace(features, octaves=features.octaves + 1)


def detect_sift(grey: np.ndarray, count: int, config: ExtractorConfig,
                describe: Callable[[np.ndarray], np.ndarray] = normalise_rows) -> Features:
    """SIFT (Lowe 2004); a place with two dominant orientations is two keypoints."""
    def find(image: np.ndarray) -> Features:
        points, rows = _create_sift(config, count).detectAndCompute(image, None)
        rows = np.zeros((0, 128), np.float32) if rows is None else rows
        return strongest(_from_sift(points, describe(rows), image), count)

    return _with_first_octave(find, grey, config)


def detect_rootsift_upright(grey: np.ndarray, count: int, config: ExtractorConfig) -> Features:
    """RootSIFT with every angle 0, and so one keypoint per place.

    OpenCV cannot do this in one pass: the pyramid is built twice.
    """
    return _with_first_octave(lambda image: _detect_upright(image, count, config), grey, config)


def _detect_upright(grey: np.ndarray, count: int, config: ExtractorConfig) -> Features:
    sift = _create_sift(config, 0)
    places: dict[tuple[float, ...], cv2.KeyPoint] = {}
    for point in sorted(sift.detect(grey, None), key=lambda p: -p.response):
        places.setdefault((*point.pt, point.size), point)
        if len(places) == count:
            break
    points: Sequence[cv2.KeyPoint] = list(places.values())
    rows: np.ndarray = np.zeros((0, 128), np.float32)
    for point in points:
        point.angle = 0.0
    if points:
        points, rows = sift.compute(grey, points)
    return _from_sift(points, root(rows), grey)


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
HANDCRAFTED: dict[str, Detector] = {
    'orb': detect_orb,
    'sift': detect_sift,
    'rootsift': functools.partial(detect_sift, describe=root),
    'rootsift_upright': detect_rootsift_upright,
    'surf': detect_surf,
}


def detect(name: str, grey: np.ndarray, count: int, config: ExtractorConfig) -> Features:
    """Find at most `count` keypoints of the hand-crafted kind `name` in (H, W) uint8 grey."""
    if name not in HANDCRAFTED:
        raise unknown('hand-crafted kind', name, HANDCRAFTED)
    return HANDCRAFTED[name](grey, count, config)
