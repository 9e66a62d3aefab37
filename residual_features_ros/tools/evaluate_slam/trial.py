# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One run of the back-end over a video, and its numbers."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from residual_features_ros.examples.slam.slam import Slam
from residual_features_ros.examples.slam.slam_config import SlamConfig
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.trajectory import Trajectory
from residual_features_ros.tools.evaluate_bag.evo_errors import LEAST_POSES, similarity_errors
from residual_features_ros.types import Features
from residual_features_ros.vocabulary.bag import BagOfWords

NEVER = -1


@dataclass(frozen=True)
class Seen:
    """What a method found in an image; bag and true pose (4, 4) are None where there are none."""

    stamp_ns: int
    features: Features
    bag: BagOfWords | None
    true_pose: np.ndarray | None


@dataclass(frozen=True)
class Trial:
    """The numbers of a run.

    black_s: seconds of black images in the middle.    images: those that were not black.
    posed: those of them that have a pose in the map at the end.
    ate: root mean square of the distances of the cameras from their true places after alignment
        by a similarity, in the unit of the truth; NaN for fewer than 3 poses.
    ate_after: that of the images after the black ones, aligned with all; NaN without any.
    relocalised: which image after the black ones was the first with a pose, from 1 on; NEVER, or
        None where none was black.
    counts: of Slam.    image_ms: mean time of an image.
    """

    method: str
    seed: int
    black_s: float
    images: int
    posed: int
    ate: float
    ate_after: float
    relocalised: int | None
    keyframes: int
    loops: int
    counts: dict[str, int]
    image_ms: float


def run_trial(method: str, seen: Sequence[Seen], nothing: Features, camera: Camera, seed: int,
              black_s: float = 0.0) -> Trial:
    """Run the back-end over what a method found.

    Args:
        method: its name.
        seen: the images in the order of time.
        nothing: what the method finds in a black image.
        camera: of the images.
        seed: of all that is random.
        black_s: how many seconds in the middle are black.
    """
    dark = black_images([image.stamp_ns for image in seen], black_s)
    slam, relocalised, begun = Slam(camera, SlamConfig(seed=seed)), None, 0
    start = perf_counter()
    for number, image in enumerate(seen):
        if number in dark:
            begun = slam.counts['begun']  # maps: a pose in another one is none of the same place
            slam.add(image.stamp_ns, nothing)
            continue
        pose = slam.add(image.stamp_ns, image.features, image.bag)
        if dark and number >= dark.stop and relocalised is None \
                and pose is not None and slam.counts['begun'] == begun:
            relocalised = number - dark.stop + 1
    spent_s = perf_counter() - start
    found = slam.trajectory()
    ate, after = _errors(found, seen, seen[dark.stop].stamp_ns if dark else None)
    return Trial(method, seed, black_s, len(seen) - len(dark), len(found), ate, after,
                 (relocalised or NEVER) if dark else None, slam.counts['keyframes'],
                 slam.counts['loops'], dict(slam.counts), 1000 * spent_s / len(seen))


def black_images(stamps_ns: Sequence[int], black_s: float) -> range:
    """Return the numbers of the images in the middle `black_s` seconds, some images beside them.

    The first and the last image are never black; none are where black_s is 0.
    """
    middle, half_ns = (stamps_ns[0] + stamps_ns[-1]) / 2, black_s * 5e8
    inside = [number for number, stamp in enumerate(stamps_ns[:-1])
              if number and abs(stamp - middle) < half_ns]
    return range(inside[0], inside[-1] + 1) if inside else range(0)


def _errors(found: Trajectory, seen: Sequence[Seen], after_ns: int | None) -> tuple[float, float]:
    """Return ATE of all images with a true pose, and of those from a stamp on."""
    true = {image.stamp_ns: image.true_pose for image in seen if image.true_pose is not None}
    known = [i for i, stamp in enumerate(found.stamps_ns.tolist()) if stamp in true]
    if len(known) < LEAST_POSES:
        return float('nan'), float('nan')
    stamps = found.stamps_ns[known]
    errors = similarity_errors(Trajectory(stamps, np.array([true[s] for s in stamps.tolist()])),
                               Trajectory(stamps, found.poses[known]))
    late = errors[stamps >= after_ns] if after_ns is not None else errors[:0]
    return _rms(errors), _rms(late)


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2))) if len(values) else float('nan')
