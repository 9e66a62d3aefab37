# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A plain monocular visual odometry: motions between two images, one after the other.

No map, no bundle adjustment, no loop closure: what it drifts comes from the matches.
"""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from residual_features_ros.geometry.pose import inverse
from residual_features_ros.geometry.relative_pose import Motion
from residual_features_ros.geometry.trajectory import Trajectory


@dataclass
class Odometry:
    """Poses, world from camera, of the images seen so far.

    start: (4, 4) pose of the first image.    repeated: steps that had no motion of their own.
    """

    start: np.ndarray = field(default_factory=lambda: np.eye(4))
    poses: dict[int, np.ndarray] = field(default_factory=dict)
    repeated: int = 0
    _last: np.ndarray = field(default_factory=lambda: np.eye(4))

    def begin(self, stamp_ns: int) -> np.ndarray:
        """Return the pose of an image that is matched to none: the newest one, or the start."""
        newest = next(reversed(self.poses.values())) if self.poses else self.start
        self.poses[stamp_ns] = newest
        return newest

    def step(self, previous_ns: int, stamp_ns: int, motion: Motion | None,
             length: float = 1.0) -> np.ndarray:
        """Return the pose (4, 4) of an image.

        Args:
            previous_ns: stamp of the image it was matched to.
            stamp_ns: its own.
            motion: between the two; None repeats the motion before.
            length: of the way between them: two views do not tell it.
        """
        if previous_ns not in self.poses:
            self.begin(previous_ns)
        if motion is None:
            self.repeated += 1
        else:
            self._last = np.eye(4)
            self._last[:3, :3], self._last[:3, 3] = motion.rotation, length * motion.direction
        self.poses[stamp_ns] = self.poses[previous_ns] @ inverse(self._last)
        return self.poses[stamp_ns]

    def forget_before(self, stamp_ns: int) -> None:
        """Drop poses older than a stamp, so that a node may run for days."""
        self.poses = {stamp: pose for stamp, pose in self.poses.items() if stamp >= stamp_ns}

    def trajectory(self) -> Trajectory:
        """Return the poses in the order of their stamps."""
        stamps = sorted(self.poses)
        return Trajectory(np.array(stamps, np.int64),
                          np.array([self.poses[stamp] for stamp in stamps]).reshape(-1, 4, 4))
