# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""SIFT (Lowe 2004) of OpenCV, RootSIFT, and RootSIFT without orientation."""
from __future__ import annotations

import dataclasses
import functools
import logging
import math
from collections.abc import Callable, Sequence
from typing import TypeVar

import cv2
import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.image import map_back
from residual_features_ros.keypoints.masked import MaskedSearch
from residual_features_ros.keypoints.opencv import from_opencv
from residual_features_ros.keypoints.selection import strongest
from residual_features_ros.mask import Mask
from residual_features_ros.rows.pyramid import View
from residual_features_ros.rows.sift_rows import root
from residual_features_ros.types import Features, normalise_rows

log = logging.getLogger(__name__)
LAYERS = 3  # of an octave; OpenCV divides its contrast threshold by it
UPSCALE_OFFSET_PX = 0.25
MARGIN = 0.7  # of the weakest response kept in the last image is asked for in the next
LEAST_MARGIN = 0.05
ROWS = np.zeros((0, 128), np.float32)
LEVELS = 0.5 * 255 / LAYERS  # OpenCV looks at extrema over floor(LEVELS * threshold) grey levels
FoundT = TypeVar('FoundT')


class Contrast:
    """The contrast threshold that passes a few more keypoints than are wanted.

    OpenCV refines and orients every extremum over the threshold before it keeps the strongest.
    With the threshold a little under the weakest keypoint kept in the last image, a tenth of
    SIFT's time is spared and the same keypoints come out: where too few do, SIFT runs again with
    the threshold of the settings, and more room is left below for some images. The threshold
    stays under `highest`, since OpenCV would not look at all of the same extrema above it.
    """

    def __init__(self) -> None:
        """Begin with the threshold of the settings."""
        self.expected, self.margin = 0.0, MARGIN

    def find(self, count: int, lowest: float,
             run: Callable[[float], tuple[np.ndarray, FoundT]]) -> FoundT:
        """Return what `run` finds at a threshold, `count` keypoints or all above `lowest`.

        Args:
            count: how many are wanted.
            lowest: the threshold of the settings.
            run: returns the responses (N,) of keypoints over a threshold, and what was found.
        """
        threshold = max(lowest, min(self.expected * self.margin, highest(lowest)))
        responses, found = run(threshold)
        if threshold > lowest and len(responses) < count:
            self.margin = max(LEAST_MARGIN, self.margin / 2)
            responses, found = run(lowest)
        else:
            self.margin = min(MARGIN, 1.05 * self.margin)
        self.expected = LAYERS * float(np.partition(responses, -count)[-count]) \
            if len(responses) >= count else 0.0
        return found


def highest(lowest: float) -> float:
    """Return the highest threshold at which OpenCV looks at the same extrema as at `lowest`.

    It looks at those over a whole number of grey levels, half of the threshold rounded down, and
    then keeps those whose refined contrast is over the threshold. So up to there a higher
    threshold leaves out what is weaker, and nothing else; beyond, it also leaves out extrema that
    refinement makes more than twice as strong.
    """
    return (math.floor(LEVELS * lowest) + 1) / LEVELS * (1 - 1e-6)


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


def create_sift(count: int, contrast_threshold: float) -> cv2.SIFT:
    """Return OpenCV's SIFT; count 0 is no limit."""
    precise = {'enable_precise_upscale': True} if _has_precise_upscale() else {}
    return cv2.SIFT.create(nfeatures=count, contrastThreshold=contrast_threshold, **precise)


def _octaves(points: Sequence[cv2.KeyPoint]) -> np.ndarray:
    # OpenCV packs (octave, layer, offset); the octave is a signed byte that starts at -1.
    packed = np.array([p.octave for p in points], np.int64) & 255
    return np.where(packed < 128, packed, packed - 256) + 1


def _features(points: Sequence[cv2.KeyPoint], descriptors: np.ndarray,
              image: np.ndarray) -> Features:
    features = from_opencv(points, _octaves(points), descriptors, image)
    if _has_precise_upscale():
        return features
    return dataclasses.replace(features, keypoints=features.keypoints - UPSCALE_OFFSET_PX)


def detected(grey: np.ndarray, most: int, threshold: float, mask: Mask | None,
             described: bool) -> Features:
    """Return what OpenCV finds in (H, W) uint8, with its own descriptors (N, 128) or none (N, 0).

    OpenCV asks the mask after it has counted and before it describes.
    """
    sift, allowed = create_sift(most, threshold), mask.picture(grey) if mask else None
    if not described:
        points = sift.detect(grey, allowed)
        return _features(points, np.zeros((len(points), 0), np.float32), grey)
    points, rows = sift.detectAndCompute(grey, allowed)
    return _features(points, ROWS if rows is None else rows, grey)


class Sift:
    """SIFT for the images of one camera; a place with two dominant orientations is two keypoints.

    What it remembers of earlier images decides how long it takes, not what it finds.
    """

    def __init__(self) -> None:
        """Remember nothing yet."""
        self.contrast, self.search = Contrast(), MaskedSearch()

    def __call__(self, view: View, count: int, config: ExtractorConfig,
                 mask: Mask | None = None) -> Features:
        """Find at most `count` keypoints, from config.sift_first_octave on.

        OpenCV always upsamples the image by 2: without that octave it gets one of half the size.
        """
        grey = view.grey
        if config.sift_first_octave < 0:
            return self.find(grey, count, config, mask)
        height, width = grey.shape
        small = cv2.resize(grey, ((width + 1) // 2, (height + 1) // 2),
                           interpolation=cv2.INTER_AREA)
        scale = np.array(small.shape[::-1]) / (width, height)
        mask = mask.resized(scale) if mask else None
        features = map_back(self.find(small, count, config, mask), grey, scale)
        return dataclasses.replace(features, octaves=features.octaves + 1)

    def describe(self, rows: np.ndarray) -> np.ndarray:
        """Turn OpenCV's descriptors (N, 128) into unit rows."""
        return normalise_rows(rows)

    def find(self, grey: np.ndarray, count: int, config: ExtractorConfig,
             mask: Mask | None) -> Features:
        """Find at most `count` keypoints over the contrast threshold."""
        described = config.sift_rows == 'cv2'

        def run(threshold: float) -> tuple[np.ndarray, Features]:
            found = self.search.find(
                count, mask, lambda most: detected(grey, most, threshold, mask, described))
            return found.responses, found

        found = strongest(self.contrast.find(count, config.sift_contrast_threshold, run), count)
        return dataclasses.replace(found, descriptors=self.describe(found.descriptors)) \
            if described else found


class RootSift(Sift):
    """SIFT whose descriptors are rooted."""

    def describe(self, rows: np.ndarray) -> np.ndarray:
        """Turn OpenCV's descriptors (N, 128) into unit rows."""
        return root(rows)


class UprightRootSift(RootSift):
    """RootSIFT with every angle 0, and so one keypoint per place.

    OpenCV itself cannot do this in one pass: for its rows the pyramid is built twice.
    """

    def find(self, grey: np.ndarray, count: int, config: ExtractorConfig,
             mask: Mask | None) -> Features:
        """Find at most `count` places over the contrast threshold."""
        def run(threshold: float) -> tuple[np.ndarray, Sequence[cv2.KeyPoint]]:
            found = _places(create_sift(0, threshold).detect(grey, None), count, mask)
            return np.array([point.response for point in found]), found

        lowest = config.sift_contrast_threshold
        points = self.contrast.find(count, lowest, run)
        if config.sift_rows != 'cv2':
            return _features(points, np.zeros((len(points), 0), np.float32), grey)
        if not points:
            return _features(points, ROWS, grey)
        points, rows = create_sift(0, lowest).compute(grey, points)
        return _features(points, self.describe(rows), grey)


def _places(points: Sequence[cv2.KeyPoint], count: int,
            mask: Mask | None) -> list[cv2.KeyPoint]:
    """Return the strongest `count` allowed places, each as one keypoint of angle 0."""
    if mask and points:
        pixels = np.array([point.pt for point in points], np.float32)
        allowed = mask.allows(pixels if _has_precise_upscale() else pixels - UPSCALE_OFFSET_PX)
        points = [point for point, is_allowed in zip(points, allowed, strict=True) if is_allowed]
    places: dict[tuple[float, ...], cv2.KeyPoint] = {}
    for point in sorted(points, key=lambda p: (-p.response, p.pt)):
        places.setdefault((*point.pt, point.size), point)
        if len(places) == count:
            break
    for point in places.values():
        point.angle = 0.0
    return list(places.values())
