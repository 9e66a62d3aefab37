# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Methods that take turns on the same images, and OpenCV's own SIFT among them."""
from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.extractor import Extractor
from residual_features_ros.matcher import Matcher
from residual_features_ros.timings import Timings
from residual_features_ros.tools.bench.sequences import View
from residual_features_ros.tools.method_options import configs

OPENCV_SIFT = 'opencv_sift'


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


@dataclass
class Lane:
    """One method and its times in ms; entry i of every lane was measured in the same turn."""

    extractor: Any  # Extractor or OpenCVSift
    matcher: Any
    last: Any = None
    keypoints: list[int] = field(default_factory=list)
    extract_ms: list[float] = field(default_factory=list)
    match_ms: list[float] = field(default_factory=list)
    stages_ms: dict[str, list[float]] = field(default_factory=dict)

    def take(self, image: np.ndarray, counted: bool = True) -> None:
        """Extract an image and match it with the image before."""
        self.extractor.timings.forget()
        start = perf_counter()
        features = self.extractor.extract(image)
        middle = perf_counter()
        self.matcher.match(self.last or features, features)
        end = perf_counter()
        self.last = features
        if not counted:
            return
        self.keypoints.append(len(features[0] if isinstance(features, tuple) else features))
        self.extract_ms.append(1000 * (middle - start))
        self.match_ms.append(1000 * (end - middle))
        for name, times in self.extractor.timings.ms.items():
            self.stages_ms.setdefault(name, []).extend(times)


def create_lane(args: argparse.Namespace, method: str) -> Lane:
    """Return the lane of a method, or of OPENCV_SIFT, with the settings of the command line."""
    if method == OPENCV_SIFT:
        sift = OpenCVSift(configs(args, 'sift')[0])
        return Lane(sift, sift)
    extractor, matcher = configs(args, method)
    return Lane(Extractor(extractor), Matcher(matcher))


def measure(lanes: Sequence[Lane], views: Iterable[View]) -> None:
    """Run all methods on all images in the order of the views, taking turns."""
    turn = 0
    for view in views:
        for image, counted in tqdm(view.shown(), total=view.warm_up + view.counted, desc='bench',
                                   unit='image', disable=None, leave=False):
            for i in range(len(lanes)):  # each turn another method begins
                lanes[(turn + i) % len(lanes)].take(image, counted)
            turn += 1
