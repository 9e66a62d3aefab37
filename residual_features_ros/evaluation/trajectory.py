# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Poses over time and the errors between them.

A pose is a 4x4 matrix, world from camera: it maps points of the camera's optical frame (x right,
y down, z forward) to the world. A motion from image a to image b is "b from a": the pose of b,
inverted, times the pose of a. Quaternions are (x, y, z, w) as in ROS.
"""
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


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


def pose_from(translation: np.ndarray, quaternion: np.ndarray) -> np.ndarray:
    """Return the pose (4, 4) of a translation (3,) and a quaternion (4,); NaN for a zero one."""
    norm = np.linalg.norm(quaternion)
    x, y, z, w = np.asarray(quaternion, float) / norm if norm > 0 else np.full(4, np.nan)
    pose = np.eye(4)
    pose[:3, 3] = translation
    pose[:3, :3] = [[1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                    [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                    [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]]
    return pose


def quaternion_of(rotation: np.ndarray) -> np.ndarray:
    """Return the unit quaternion (4,) of a rotation (3, 3), w >= 0."""
    vector = cv2.Rodrigues(np.asarray(rotation, float))[0].ravel()
    angle = np.linalg.norm(vector)
    axis = vector / angle if angle > 0 else vector
    quaternion = np.array([*(axis * np.sin(angle / 2)), np.cos(angle / 2)])
    return quaternion if quaternion[3] >= 0 else -quaternion


def inverse(pose: np.ndarray) -> np.ndarray:
    """Return the inverse of a rigid pose (4, 4)."""
    back = np.eye(4)
    back[:3, :3] = pose[:3, :3].T
    back[:3, 3] = -pose[:3, :3].T @ pose[:3, 3]
    return back


def interpolate(a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    """Return the pose at `share` in [0, 1] of the way from a to b, turning at constant speed."""
    turn = cv2.Rodrigues(a[:3, :3].T @ b[:3, :3])[0]
    between = np.eye(4)
    between[:3, :3] = a[:3, :3] @ cv2.Rodrigues(turn * share)[0]
    between[:3, 3] = (1 - share) * a[:3, 3] + share * b[:3, 3]
    return between


def motion_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return "b from a" (4, 4) of two poses."""
    return inverse(b) @ a


def rotation_error_deg(a: np.ndarray, b: np.ndarray) -> float:
    """Return the angle between two rotations (3, 3) in degrees, exact for small angles too."""
    difference = a.T @ b
    sine = np.linalg.norm(difference - difference.T) / (2 * np.sqrt(2))
    return float(np.degrees(np.arctan2(sine, (np.trace(difference) - 1) / 2)))


def direction_error_deg(a: np.ndarray, b: np.ndarray) -> float:
    """Return the angle between two vectors (3,) in degrees, NaN where one has no length."""
    if not (np.linalg.norm(a) > 0 and np.linalg.norm(b) > 0):
        return float('nan')
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), np.dot(a, b))))
