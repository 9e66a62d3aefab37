# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Poses over time."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from residual_features_ros.geometry.pose import interpolate


@dataclass(frozen=True)
class Trajectory:
    """Where a camera was.

    stamps_ns: (N,) int64, increasing.    poses: (N, 4, 4) float64, world from camera.
    """

    stamps_ns: np.ndarray
    poses: np.ndarray

    def __len__(self) -> int:
        """Return the number of poses."""
        return len(self.stamps_ns)

    def at(self, stamp_ns: int, tolerance_ns: int) -> np.ndarray | None:
        """Return the pose (4, 4) at a time.

        Between two poses that are both within the tolerance it is interpolated; else the nearest
        one within the tolerance is taken; None where there is none.
        """
        after = int(np.searchsorted(self.stamps_ns, stamp_ns))
        near = [i for i in (after - 1, after) if 0 <= i < len(self)
                and abs(int(self.stamps_ns[i]) - stamp_ns) <= tolerance_ns]
        if len(near) == 2:
            start, end = (int(self.stamps_ns[i]) for i in near)
            share = (stamp_ns - start) / (end - start)
            return interpolate(self.poses[near[0]], self.poses[near[1]], share)
        return self.poses[near[0]] if near else None

    def nearest(self, stamps_ns: Sequence[int], tolerance_ns: int) -> np.ndarray:
        """Return the poses (N, 4, 4) nearest to some times, NaN where none is within tolerance."""
        found = np.full((len(stamps_ns), 4, 4), np.nan)
        for k, place in enumerate(nearest_in_time(self.stamps_ns, stamps_ns, tolerance_ns)):
            if place is not None:
                found[k] = self.poses[place]
        return found

    def moved_to(self, mount: np.ndarray) -> Trajectory:
        """Return the way of a camera whose pose in the body of this trajectory is `mount`."""
        return Trajectory(self.stamps_ns, self.poses @ mount)

    def length(self) -> float:
        """Return the length of the way in the unit of the poses."""
        return float(np.linalg.norm(np.diff(self.poses[:, :3, 3], axis=0), axis=1).sum())


def in_order(stamps_ns: np.ndarray, poses: np.ndarray) -> tuple[Trajectory, int]:
    """Return poses sorted by time, and how many were left out: not finite, or a stamp twice."""
    stamps_ns, poses = np.asarray(stamps_ns, np.int64), np.asarray(poses, float).reshape(-1, 4, 4)
    good = np.isfinite(poses).all((1, 2))
    unique, first = np.unique(stamps_ns[good], return_index=True)
    return Trajectory(unique, poses[good][first]), len(stamps_ns) - len(unique)


def nearest_in_time(stamps_ns: np.ndarray, wanted_ns: Sequence[int],
                    tolerance_ns: int) -> list[int | None]:
    """Return which of the sorted stamps (N,) is nearest to each wanted one, None beyond."""
    found: list[int | None] = []
    for stamp in wanted_ns:
        apart = np.abs(stamps_ns - stamp)
        nearest = int(apart.argmin()) if len(apart) else 0
        found.append(nearest if len(apart) and apart[nearest] <= tolerance_ns else None)
    return found
