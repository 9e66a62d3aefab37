# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The pose of a camera that sees known points."""
from __future__ import annotations

import cv2
import numpy as np

from residual_features_ros.geometry.pose import inverse, pose_matrix
from residual_features_ros.geometry.triangulation import errors_px

LEAST = 6  # points that tell a pose
SLACKS = (4.0, 2.0, 1.0)  # times the limits within which points agree, step by step


def locate(points: np.ndarray, pixels: np.ndarray, limits_px: np.ndarray, K: np.ndarray,
           rng: np.random.Generator, guess: np.ndarray | None = None
           ) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the pose that sees points (M, 3) at pixels (M, 2), and which agree (M,).

    RANSAC of three points (OpenCV's, whose random state is fixed: the order of the pairs is what
    is random) and the guess are refined; what more agree with is taken. None where there is none.

    Args:
        points: in the world.
        pixels: where they are seen, undistorted.
        limits_px: (M,) how far each may be off.
        K: (3, 3) of the camera.
        rng: of the order.
        guess: a pose that may be near.
    """
    if len(points) < LEAST:
        return None
    order = rng.permutation(len(points))
    starts = [] if guess is None else [guess]
    try:
        ok, turn, move, _ = cv2.solvePnPRansac(
            points[order], pixels[order], K, None, iterationsCount=300,
            reprojectionError=float(np.median(limits_px)), confidence=0.999,
            flags=cv2.SOLVEPNP_AP3P)
        if ok:
            starts.append(inverse(pose_matrix(cv2.Rodrigues(turn)[0], move.ravel())))
    except cv2.error:  # no three of them give a pose
        pass
    found = [_refined(points, pixels, limits_px, K, start) for start in starts]
    return max((one for one in found if one is not None), key=lambda one: one[1].sum(),
               default=None)


def _refined(points: np.ndarray, pixels: np.ndarray, limits_px: np.ndarray, K: np.ndarray,
             pose: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the pose of least squares of the points that agree, and which these are."""
    for slack in SLACKS:
        agree = errors_px(points, pixels, pose, K) < slack * limits_px
        if agree.sum() < LEAST:
            return None
        back = inverse(pose)
        turn, move = cv2.solvePnPRefineLM(points[agree], pixels[agree], K, None,
                                          cv2.Rodrigues(back[:3, :3])[0], back[:3, 3:].copy())
        pose = inverse(pose_matrix(cv2.Rodrigues(turn)[0], move.ravel()))
    return pose, errors_px(points, pixels, pose, K) < limits_px
