# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The motion of a calibrated camera between two images, by the essential matrix."""
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.epipolar import essential, fundamental_inliers, sampson
from residual_features_ros.geometry.refinement import best_motion

THRESHOLD_PX = 1.0  # distance of an inlier to its epipolar line
MIN_INLIERS = 12  # fewer tell no motion
STILL_PX = 0.3  # median shift below which the camera stands: a direction would be noise
CONFIDENCE, MOST_ITERATIONS = 0.999, 2000
FAR = 1e4  # baselines: points farther away do not vote for the side that is in front


@dataclass(frozen=True)
class Motion:
    """How a camera moved from image a to image b: x_b = rotation @ x_a + length * direction.

    rotation: (3, 3).    direction: (3,) of length 1, or zeros for a camera that stands.
    """

    rotation: np.ndarray
    direction: np.ndarray


STANDING = Motion(np.eye(3), np.zeros(3))


def two_view(a: np.ndarray, b: np.ndarray, camera: Camera | None,
             threshold_px: float = THRESHOLD_PX) -> tuple[np.ndarray, Motion | None]:
    """Return which matches agree with one motion, and the motion.

    The estimator is MAGSAC++ (OpenCV's USAC_MAGSAC, whose random state is fixed). Without a
    camera inliers are those of a fundamental matrix and there is no motion. The motion is refined,
    and the inliers are those of the refined one.

    Args:
        a: (M, 2) pixels of the first image.
        b: (M, 2) pixels of the second image.
        camera: of both images.
        threshold_px: largest distance to the epipolar line.

    Returns:
        (M,) bool, and the motion or None where too few agree.
    """
    nothing = np.zeros(len(a), bool)
    if camera is None:
        return fundamental_inliers(a, b, threshold_px), None
    if len(a) < MIN_INLIERS:
        return nothing, None
    rays_a, rays_b = camera.undistort(a), camera.undistort(b)
    try:
        matrix, mask = cv2.findEssentialMat(
            rays_a, rays_b, camera.K, cv2.USAC_MAGSAC, CONFIDENCE, threshold_px,
            MOST_ITERATIONS)
    except cv2.error:  # OpenCV fails an assertion where it has found no model
        return nothing, None
    if matrix is None or matrix.shape != (3, 3) or mask is None:
        return nothing, None
    inliers = mask.ravel().astype(bool)
    if inliers.sum() < MIN_INLIERS:
        return inliers, None
    if np.median(np.linalg.norm(rays_b - rays_a, axis=1)[inliers]) < STILL_PX:
        return inliers, STANDING
    guess = _decompose(matrix, rays_a[inliers], rays_b[inliers], camera)
    plane_a, plane_b = (np.hstack([rays, np.ones((len(rays), 1))])  # (M, 2) -> (M, 3)
                        @ np.linalg.inv(camera.K).T for rays in (rays_a, rays_b))
    threshold = threshold_px / camera.focal_px
    best = best_motion((guess.rotation, guess.direction), plane_a, plane_b, inliers, threshold)
    inliers = np.abs(sampson(*best, plane_a, plane_b)) < threshold
    if inliers.sum() < MIN_INLIERS:
        return inliers, None
    return inliers, _decompose(essential(*best), rays_a[inliers], rays_b[inliers], camera)


def _decompose(matrix: np.ndarray, a: np.ndarray, b: np.ndarray, camera: Camera) -> Motion:
    """Return the one of four motions that has most points in front of both cameras."""
    _, rotation, direction, *_ = cv2.recoverPose(matrix, a, b, camera.K,
                                                 distanceThresh=FAR)
    return Motion(rotation, direction.ravel() / np.linalg.norm(direction))
