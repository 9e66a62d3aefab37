# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Points in space and the pixels that see them, of cameras without distortion."""
from __future__ import annotations

import cv2
import numpy as np

from residual_features_ros.geometry.pose import inverse

NEAREST = 1e-9  # depth of a point before a camera


def project(points: np.ndarray, pose: np.ndarray, K: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels (M, 2) and depths (M,) of points (M, 3); NaN for those behind the camera."""
    back = inverse(pose)
    seen = points @ back[:3, :3].T + back[:3, 3]
    depths = np.where(seen[:, 2] > NEAREST, seen[:, 2], np.nan)
    return seen[:, :2] / depths[:, None] @ K[:2, :2].T + K[:2, 2], depths


def errors_px(points: np.ndarray, pixels: np.ndarray, pose: np.ndarray,
              K: np.ndarray) -> np.ndarray:
    """Return how far (M,) pixels are from where points are projected; inf behind the camera."""
    apart = np.linalg.norm(project(points, pose, K)[0] - pixels, axis=1)
    return np.where(np.isfinite(apart), apart, np.inf)


def triangulate(a: np.ndarray, b: np.ndarray, pose_a: np.ndarray, pose_b: np.ndarray,
                K: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the points (M, 3) that pixels (M, 2) of two cameras see, and the angles between.

    Angles (M,) are those of the two rays in degrees.
    """
    if not len(a):
        return np.zeros((0, 3)), np.zeros(0)
    cameras = [K @ inverse(pose)[:3] for pose in (pose_a, pose_b)]
    found = cv2.triangulatePoints(cameras[0], cameras[1], a.T, b.T)  # (4, M)
    with np.errstate(divide='ignore', invalid='ignore'):
        points = (found[:3] / found[3]).T
    rays = [np.c_[pixels, np.ones(len(pixels))] @ np.linalg.inv(K).T @ pose[:3, :3].T
            for pixels, pose in ((a, pose_a), (b, pose_b))]
    sine = np.linalg.norm(np.cross(*rays), axis=1)
    return points, np.degrees(np.arctan2(sine, (rays[0] * rays[1]).sum(1)))
