# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Motions between images -> poses, and how far they may be off."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from residual_features_ros.examples.frames import Matched
from residual_features_ros.geometry.odometry import Odometry
from residual_features_ros.geometry.relative_pose import Motion

KEPT = 1000  # images whose pose is remembered, besides that of the one matched to
UNKNOWN = -1  # number of an image that is not known
WORSE = 10.0  # times the usual deviations where a motion had to be guessed


@dataclass(frozen=True)
class Estimate:
    """A pose and what is known of its errors.

    pose: (4, 4) world from camera.    covariance: (36,) of x, y, z and turns about x, y, z, row
    by row, in square metres and square radians.
    """

    pose: np.ndarray
    covariance: np.ndarray


class Chain:
    """Poses of numbered images, each a step from the image that it was matched to."""

    def __init__(self, start: np.ndarray, length: float, position_stddev: float,
                 rotation_stddev_deg: float) -> None:
        """Begin at a pose.

        Args:
            start: (4, 4) pose of the first image.
            length: of each step in metres.
            position_stddev: error of a step as a share of its length.
            rotation_stddev_deg: error of a step in degrees.
        """
        self._odometry, self._start, self._length = Odometry(start), start, length
        self._step = np.array([position_stddev * length, np.radians(rotation_stddev_deg)]) ** 2
        self._variances: dict[int, np.ndarray] = {}
        self._newest = np.zeros(2)  # variances of position and of rotation

    def reset(self) -> None:
        """Forget all poses: the next image is the first."""
        self._odometry = Odometry(self._start)
        self._variances, self._newest = {}, np.zeros(2)

    def add(self, image: Matched, motion: Motion | None) -> Estimate:
        """Return where an image was taken.

        Args:
            image: its number, and that of the image it was matched to.
            motion: between the two; None repeats the motion before.
        """
        poses = self._odometry.poses
        if not poses or image.previous_ns is None:
            # Not the first, and matched to none: it stands where the one before stood, perhaps.
            variance = self._newest + (WORSE**2 * self._step if poses else 0)
            pose = self._odometry.begin(image.number)
        else:
            previous = UNKNOWN if image.previous is None else image.previous
            poses.pop(UNKNOWN, None)  # an image that is not known stood where the newest did
            guessed = motion is None or previous not in poses
            variance = self._variances.get(previous, self._newest) \
                + (WORSE**2 if guessed else 1) * self._step
            pose = self._odometry.step(previous, image.number, motion, self._length)
        self._variances[image.number] = self._newest = variance
        self._forget(image)
        return Estimate(pose, _diagonal(variance))

    def _forget(self, image: Matched) -> None:
        """Keep memory bounded, so that a node may run for days."""
        def kept(number: int) -> bool:
            return number > image.number - KEPT or number == image.previous
        if len(self._odometry.poses) > KEPT + 100:
            self._odometry.poses = {number: pose for number, pose in self._odometry.poses.items()
                                    if kept(number)}
            self._variances = {number: variance for number, variance in self._variances.items()
                               if kept(number)}


def _diagonal(variance: np.ndarray) -> np.ndarray:
    return np.diag(np.repeat(variance, 3)).ravel()
