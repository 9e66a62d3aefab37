# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The table of detectors (g): what finds and describes keypoints without a network.

A detector finds, selection chooses, a network may place them more exactly (places), and
rows.describing describes what has no descriptor yet.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.errors import unknown
from residual_features_ros.keypoints.akaze import BYTES, detect_akaze, find_akaze
from residual_features_ros.keypoints.boosted import BoostedOrb
from residual_features_ros.keypoints.hessian import find_hessian
from residual_features_ros.keypoints.orb import detect_orb
from residual_features_ros.keypoints.selection import Choice, choose, find_places
from residual_features_ros.keypoints.sift import RootSift, Sift, UprightRootSift
from residual_features_ros.keypoints.surf import DIAMETER, create_surf
from residual_features_ros.levels import Levels
from residual_features_ros.mask import Mask
from residual_features_ros.rows.describing import describe
from residual_features_ros.rows.pyramid import View
from residual_features_ros.timings import Timings
from residual_features_ros.types import Features, PyramidScales

# Of an image, the most keypoints wanted, settings, and where they may be. Descriptors may have no
# columns, and angles may be -1: they are made for those that are chosen.
Detector = Callable[[View, int, ExtractorConfig, Mask | None], Features]
Place = Callable[[Features, View], Features]  # places.Places


@dataclass(frozen=True)
class DetectorRow:
    """What a detector is; every fact of it that anybody asks for.

    create: makes it for the images of one camera; ImportError names what is not installed.
    finder: whose keypoints these are: detectors with the same word find the same places.
    dim: values of a descriptor as a float row (types.float_rows).
    scales: its pyramid.
    levels: what back-ends may take its sizes for.
    patch_diameters: side of the square that it describes, in diameters of the keypoint.
    binary: whether a descriptor is `dim` bits.
    oriented: whether keypoints have an angle.
    root: whether descriptors are rooted (RootSIFT).
    upsampled_octave: whether it begins in the image upsampled by 2, and can leave that out
        (ExtractorConfig.sift_first_octave).
    slower_than_h: whether network h is done before it, whatever size of image h sees.
    repeats: whether a place with two dominant orientations is two keypoints.
    """

    create: Callable[[], Detector]
    finder: str
    dim: int
    scales: PyramidScales
    levels: Levels
    patch_diameters: float
    binary: bool = False
    oriented: bool = True
    root: bool = False
    upsampled_octave: bool = False
    slower_than_h: bool = False
    repeats: bool = False

    def choice(self, config: ExtractorConfig, fused: bool) -> Choice:
        """Return how its keypoints are chosen.

        Args:
            config: max_keypoints, spread and orientations, where 0 is one where a network joins
                in, and else as many as the detector gives.
            fused: whether a network joins in.
        """
        orientations = config.orientations or int(fused)
        return Choice(config.max_keypoints, config.spread, orientations if self.repeats else 0)


SIFT_PATCH = 6.0  # diameters
SIFT_SCALES = PyramidScales(first_scale=0.5, scale_factor=2.0)
SURF_SCALES = PyramidScales(first_scale=1.0, scale_factor=2.0)
AKAZE_SCALES = HESSIAN_SCALES = PyramidScales(first_scale=1.0, scale_factor=2.0)
ORB_SCALES = PyramidScales(first_scale=1.0, scale_factor=1.2)

# ORB's sizes are those of its levels, so that levels are its octaves. The others are rounded: SIFT
# gives 1.6 * 2**(1/6) pixels at least, and has as many octaves as the image; AKAZE has 16 sizes
# 2**(1/4) apart; the Hessian has 5 octaves of 2 sigma and SURF 4, of 12 to 200 pixels.
ORB_LEVELS = Levels(first_size=31.0, count=8)
SIFT_LEVELS = Levels(first_size=1.8, count=24)
AKAZE_LEVELS = Levels(first_size=4.8, count=16)
HESSIAN_LEVELS = Levels(first_size=5.2, count=21)
SURF_LEVELS = Levels(first_size=12.0, count=17)

# OpenCV's SIFT describes 4 x 4 cells of 3 sigma and gives 2 sigma as the diameter; SURF describes
# 20 scales (Bay et al. 2008, section 4.2); ORB describes the square around its circle.
DETECTORS: dict[str, DetectorRow] = {
    'orb': DetectorRow(
        lambda: detect_orb, 'orb', 256, ORB_SCALES, ORB_LEVELS, patch_diameters=1.0, binary=True),
    'orb_beblid': DetectorRow(
        lambda: BoostedOrb('BEBLID'), 'orb', 256, ORB_SCALES, ORB_LEVELS, patch_diameters=1.0,
        binary=True),
    'orb_teblid': DetectorRow(
        lambda: BoostedOrb('TEBLID'), 'orb', 256, ORB_SCALES, ORB_LEVELS, patch_diameters=1.0,
        binary=True),
    'sift': DetectorRow(
        Sift, 'sift', 128, SIFT_SCALES, SIFT_LEVELS, patch_diameters=SIFT_PATCH,
        upsampled_octave=True, repeats=True),
    'rootsift': DetectorRow(
        RootSift, 'sift', 128, SIFT_SCALES, SIFT_LEVELS, patch_diameters=SIFT_PATCH, root=True,
        upsampled_octave=True, repeats=True),
    'rootsift_upright': DetectorRow(
        UprightRootSift, 'sift', 128, SIFT_SCALES, SIFT_LEVELS, patch_diameters=SIFT_PATCH,
        root=True, oriented=False, upsampled_octave=True),
    'akaze': DetectorRow(
        lambda: detect_akaze, 'akaze', 8 * BYTES, AKAZE_SCALES, AKAZE_LEVELS, patch_diameters=1.0,
        binary=True),
    'akaze_rootsift': DetectorRow(
        lambda: find_akaze, 'akaze', 128, AKAZE_SCALES, AKAZE_LEVELS, patch_diameters=SIFT_PATCH,
        root=True),
    'hessian_rootsift': DetectorRow(
        lambda: find_hessian, 'hessian', 128, HESSIAN_SCALES, HESSIAN_LEVELS,
        patch_diameters=SIFT_PATCH, root=True),
    'surf': DetectorRow(
        create_surf, 'surf', 64, SURF_SCALES, SURF_LEVELS, patch_diameters=20 / DIAMETER,
        slower_than_h=True),
}


def create_detector(name: str) -> Detector:
    """Return the detector `name` for the images of one camera.

    What it remembers of earlier images decides how long it takes, not what it finds.

    Raises:
        ConfigError: no such detector.
        ImportError: a package that it needs is not installed.
    """
    if name not in DETECTORS:
        raise unknown('detector', name, DETECTORS)
    return DETECTORS[name].create()


def extract(row: DetectorRow, detector: Detector, view: View, config: ExtractorConfig,
            mask: Mask | None, fused: bool, timings: Timings,
            place: Place | None = None) -> Features:
    """Find, choose and describe keypoints of an image.

    Args:
        row: of the detector.
        detector: of `create_detector`.
        view: the image.
        config: says how many are found, and how they are chosen.
        mask: where they may be.
        fused: whether a network joins in.
        timings: of the stages.
        place: moves those that are chosen to their exact places.
    """
    choice = row.choice(config, fused)
    with timings.timed('detect'):
        found = find_places(lambda most: detector(view, most, config, mask), choice)
    with timings.timed('choose'):
        chosen = choose(found, choice)
    if place is not None:
        chosen = place(chosen, view)
    with timings.timed('describe'):
        return describe(view, chosen, row.root)


def detect(name: str, grey: np.ndarray, count: int,
           config: ExtractorConfig | None = None) -> Features:
    """Find, choose and describe at most `count` keypoints of (H, W) uint8 grey, for a network."""
    config = dataclasses.replace(config or ExtractorConfig(), max_keypoints=count)
    detector = create_detector(name)
    return extract(DETECTORS[name], detector, View(grey), config, None, fused=True,
                   timings=Timings())
