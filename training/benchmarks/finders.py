# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every detector that finds places of its own, to be compared without its descriptors.

They are the finders of keypoints.table.DETECTORS, at each first octave that they have, and KAZE.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.errors import unknown
from residual_features_ros.keypoints.opencv import from_opencv
from residual_features_ros.keypoints.selection import strongest
from residual_features_ros.keypoints.surf import surf_provider
from residual_features_ros.keypoints.table import Detector, create_detector
from residual_features_ros.mask import Mask
from residual_features_ros.rows.pyramid import View
from residual_features_ros.types import Features

KAZE = 'kaze'
KAZE_THRESHOLD = 1e-5  # as AKAZE's in the settings


def find_kaze(view: View, count: int, config: ExtractorConfig,
              mask: Mask | None = None) -> Features:
    """Find at most `count` keypoints of OpenCV's KAZE (Alcantarilla et al. 2012)."""
    points = cv2.KAZE.create(threshold=KAZE_THRESHOLD).detect(view.grey, None)
    octaves = np.array([point.octave for point in points], np.int32)
    found = from_opencv(points, octaves, np.zeros((len(points), 0), np.float32), view.grey)
    return strongest(mask.keep(found) if mask else found, count)


def orb_alone(view: View, count: int, config: ExtractorConfig) -> None:
    """Find as ORB does, without describing."""
    cv2.ORB.create(nfeatures=count, fastThreshold=config.orb_fast_threshold).detect(
        view.grey, None)


def surf_alone(view: View, count: int, config: ExtractorConfig) -> None:
    """Find as SURF does, without describing."""
    if surf_provider() == 'opencv':
        cv2.xfeatures2d.SURF.create(config.surf_hessian_threshold).detect(view.grey, None)
    else:
        from mahotas.features import surf
        surf.interest_points(view.grey, max_points=2 * count)


@dataclass(frozen=True)
class Finder:
    """A detector as it is compared.

    detector: a row of keypoints.table.DETECTORS, or KAZE.
    settings: of ExtractorConfig.
    alone: does what that detector does before it describes; None where it does not describe.
    """

    detector: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    alone: Callable[[View, int, ExtractorConfig], None] | None = None

    def create(self) -> Detector:
        """Return the detector; ImportError where a package that it needs is not installed."""
        return find_kaze if self.detector == KAZE else create_detector(self.detector)


FINDERS: dict[str, Finder] = {
    'sift': Finder('rootsift', {'sift_first_octave': -1}),
    'sift_octave0': Finder('rootsift', {'sift_first_octave': 0}),
    'akaze': Finder('akaze_rootsift'),
    'kaze': Finder(KAZE),
    'orb': Finder('orb', {}, orb_alone),
    'surf': Finder('surf', {}, surf_alone),
    'hessian_octave0': Finder('hessian_rootsift', {'hessian_first_octave': 0}),
    'hessian_octave1': Finder('hessian_rootsift', {'hessian_first_octave': 1}),
}


class OpenFinder:
    """A finder with its settings, ready to find."""

    def __init__(self, name: str, max_keypoints: int, settings: Mapping[str, Any]) -> None:
        """Create the detector.

        Args:
            name: in FINDERS.
            max_keypoints: of an image.
            settings: further ones of ExtractorConfig.

        Raises:
            ConfigError: no such finder.
            ValueError: a setting that is the finder's own, or a package that is not installed.
        """
        if name not in FINDERS:
            raise unknown('detector', name, FINDERS)
        self.finder = FINDERS[name]
        for key in settings:
            if key in self.finder.settings:
                raise ValueError(f'--set {key}: {name} has its own; name the others by --methods')
        self.config = ExtractorConfig(
            max_keypoints=max_keypoints, **settings, **self.finder.settings)
        try:
            self._detector = self.finder.create()
        except ImportError as error:
            raise ValueError(f'{name}: {error}; or leave it out of --methods') from error

    def find(self, view: View) -> Features:
        """Find keypoints, which may come with descriptors."""
        return self._detector(view, self.config.max_keypoints, self.config, None)

    def find_alone(self, view: View) -> None:
        """Find keypoints without describing them, where the detector describes."""
        if self.finder.alone is not None:
            self.finder.alone(view, self.config.max_keypoints, self.config)
