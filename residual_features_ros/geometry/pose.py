# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Poses, and the angles between them.

A pose is a 4x4 matrix, world from camera: it maps points of the camera's optical frame (x right,
y down, z forward) to the world. A motion from image a to image b is "b from a": the pose of b,
inverted, times the pose of a. Posed images carry its inverse as R and t, x_camera = R x_world + t.
Quaternions are (x, y, z, w) as in ROS. Every angle is in degrees, exact for small ones too.
"""
from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np


class Posed(Protocol):
    """What stands somewhere: x_camera = R x_world + t."""

    @property
    def R(self) -> np.ndarray:
        """Return the rotation (3, 3)."""

    @property
    def t(self) -> np.ndarray:
        """Return the translation (3,)."""


def skew(vector: np.ndarray) -> np.ndarray:
    """Return [v]x (3, 3) of v (3,): [v]x u is the cross product of v and u."""
    x, y, z = vector
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])


def rotation_of(quaternion: np.ndarray) -> np.ndarray:
    """Return the rotation (3, 3) of a quaternion (4,) of any length; NaN for a zero one."""
    norm = np.linalg.norm(quaternion)
    x, y, z, w = np.asarray(quaternion, float) / norm if norm > 0 else np.full(4, np.nan)
    return np.array([[1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                     [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                     [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]])


def quaternion_of(rotation: np.ndarray) -> np.ndarray:
    """Return the unit quaternion (4,) of a rotation (3, 3), w >= 0."""
    vector = cv2.Rodrigues(np.asarray(rotation, float))[0].ravel()
    angle = np.linalg.norm(vector)
    axis = vector / angle if angle > 0 else vector
    quaternion = np.array([*(axis * np.sin(angle / 2)), np.cos(angle / 2)])
    return quaternion if quaternion[3] >= 0 else -quaternion


def pose_from(translation: np.ndarray, quaternion: np.ndarray) -> np.ndarray:
    """Return the pose (4, 4) of a translation (3,) and a quaternion (4,); NaN for a zero one."""
    return pose_matrix(rotation_of(quaternion), translation)


def pose_matrix(rotation: np.ndarray, translation: np.ndarray) -> np.ndarray:
    """Return the rigid matrix (4, 4) of a rotation (3, 3) and a translation (3,)."""
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, translation
    return pose


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


def relative_pose(first: Posed, second: Posed) -> tuple[np.ndarray, np.ndarray]:
    """Return R (3, 3) and t (3,) that move points of the first camera to the second's."""
    R = second.R @ first.R.T
    return R, second.t - R @ first.t


def rotation_error_deg(a: np.ndarray, b: np.ndarray) -> float:
    """Return the angle between two rotations (3, 3) in degrees, exact for small angles too."""
    difference = a.T @ b
    sine = np.linalg.norm(difference - difference.T) / (2 * np.sqrt(2))
    return float(np.degrees(np.arctan2(sine, (np.trace(difference) - 1) / 2)))


def direction_error_deg(a: np.ndarray, b: np.ndarray) -> float:
    """Return the angle between two vectors (3,) in [0, 180], NaN where one has no length."""
    if not (np.linalg.norm(a) > 0 and np.linalg.norm(b) > 0):
        return float('nan')
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), np.dot(a, b))))


def axis_error_deg(a: np.ndarray, b: np.ndarray) -> float:
    """Return the angle between the lines along two vectors (3,), which have no sign: [0, 90].

    Epipolar lines do not tell a translation from its opposite. NaN as above.
    """
    angle = direction_error_deg(a, b)
    return min(angle, 180.0 - angle)
