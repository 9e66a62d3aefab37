# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Poses over time and the errors between them.

A pose is a 4x4 matrix, world from camera: it maps points of the camera's optical frame (x right,
y down, z forward) to the world. A motion from image a to image b is "b from a": the pose of b,
inverted, times the pose of a. Quaternions are (x, y, z, w) as in ROS.
"""
from __future__ import annotations

import cv2
import numpy as np


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
