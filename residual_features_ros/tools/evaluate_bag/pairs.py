# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two images that were matched: the motion between them, and how far it is from the true one."""
from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from residual_features_ros.geometry.accuracy import FAILED_DEG
from residual_features_ros.geometry.pose import (
    direction_error_deg,
    motion_between,
    rotation_error_deg,
)
from residual_features_ros.geometry.relative_pose import Motion, two_view
from residual_features_ros.tools.evaluate_bag.inputs import Inputs
from residual_features_ros.tools.evaluate_bag.methods import GapMatches, Record

NAN = float('nan')
LEAST_BASELINE = 0.005  # in the unit of the ground truth: a shorter one has no direction


@dataclass(frozen=True)
class PairFigures:
    """What is counted and measured of a pair of images; small enough to keep for every pair.

    previous_ns, stamp_ns: of the image before and of the later one.
    matches, inliers: how many.    has_motion: whether the inliers tell one.
    rotation_deg, direction_deg: errors against the ground truth, NaN where there is none.
    baseline: true distance of the two cameras, NaN where it is not known.
    """

    previous_ns: int
    stamp_ns: int
    matches: int
    inliers: int
    has_motion: bool
    rotation_deg: float = NAN
    direction_deg: float = NAN
    baseline: float = NAN

    @property
    def errors_deg(self) -> tuple[float, float]:
        """Return the errors of rotation and direction, FAILED_DEG for what was not found.

        NaN for what cannot be known: both without ground truth, the direction of a baseline that
        is too short to have one.
        """
        if np.isnan(self.baseline):
            return NAN, NAN
        rotation = self.rotation_deg if self.has_motion else FAILED_DEG
        if self.baseline <= LEAST_BASELINE:
            return rotation, NAN
        return rotation, FAILED_DEG if np.isnan(self.direction_deg) else self.direction_deg


@dataclass(frozen=True)
class Pair:
    """An image and the one it was matched to.

    inliers: (M,) bool.    motion: None where there is none.
    """

    record: Record
    inliers: np.ndarray
    motion: Motion | None
    figures: PairFigures


def evaluate_pair(record: Record, inputs: Inputs, threshold_px: float) -> Pair:
    """Return the pair of an image that was matched to another."""
    assert record.previous_ns is not None
    inliers, motion = two_view(record.before, record.now, inputs.camera, threshold_px)
    return Pair(record, inliers, motion, measure(record.previous_ns, record.stamp_ns, inliers,
                                                 motion, inputs))


def evaluate_gap(matches: GapMatches, inputs: Inputs, threshold_px: float) -> PairFigures:
    """Return the figures of an image that was matched to one some images before it."""
    inliers, motion = two_view(matches.before, matches.now, inputs.camera, threshold_px)
    return measure(matches.previous_ns, matches.stamp_ns, inliers, motion, inputs)


def measure(previous_ns: int, stamp_ns: int, inliers: np.ndarray, motion: Motion | None,
            inputs: Inputs) -> PairFigures:
    """Return the figures of two images.

    Args:
        previous_ns: stamp of the image before.
        stamp_ns: of the later one.
        inliers: (M,) bool, of the matches.
        motion: from the image before to the later one, None where it was not found.
        inputs: of the evaluation, which have the true poses.
    """
    counted = PairFigures(previous_ns, stamp_ns, len(inliers), int(inliers.sum()),
                          motion is not None)
    before, now = inputs.true_pose(previous_ns), inputs.true_pose(stamp_ns)
    if before is None or now is None:
        return counted
    true = motion_between(before, now)
    baseline = float(np.linalg.norm(true[:3, 3]))
    if motion is None:
        return replace(counted, baseline=baseline)
    direction_deg = NAN
    if baseline > LEAST_BASELINE:
        direction_deg = direction_error_deg(true[:3, 3], motion.direction)
    return replace(counted, rotation_deg=rotation_error_deg(true[:3, :3], motion.rotation),
                   direction_deg=direction_deg, baseline=baseline)
