# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Guided matching: a second search where the geometry of the first one's matches allows it.

The classical way to more matches (Hartley and Zisserman, Multiple View Geometry, algorithm 11.4):
a model of the surest matches, and then for each keypoint the nearest among those it leads to.
"""
from __future__ import annotations

import cv2
import numpy as np

from residual_features_ros.geometry.epipolar import epipolar_distances
from residual_features_ros.geometry.homography import transform
from residual_features_ros.types import Features, Matches

LEAST_INLIERS = 20  # of a model that is to be believed
MODEL_PX = 1.5
ITERATIONS, CONFIDENCE = 2000, 0.999
PLANAR = 0.85  # share of the inliers of epipolar geometry that a homography needs to be chosen


def allowed(a: Features, b: Features, nearest: Matches, limit_px: float) -> np.ndarray | None:
    """Return which pairs (N, M) the geometry of the matches allows; None where there is none.

    Args:
        a: of the first image.
        b: of the second.
        nearest: matches of both.
        limit_px: largest distance from where a homography, or epipolar geometry, leads.
    """
    starts, ends = a.keypoints[nearest.indices[:, 0]], b.keypoints[nearest.indices[:, 1]]
    if len(starts) < LEAST_INLIERS:
        return None
    plane, planar = _model(cv2.findHomography, starts, ends)
    matrix, inliers = _model(cv2.findFundamentalMat, starts, ends)
    if max(planar, inliers) < LEAST_INLIERS:
        return None
    if planar >= PLANAR * inliers:
        there = transform(a.keypoints, plane)
        apart = np.linalg.norm(there[:, None] - b.keypoints[None], axis=2)  # (N, M)
        near: np.ndarray = apart <= limit_px
        return near
    return epipolar_distances(a.keypoints, b.keypoints, matrix) <= limit_px


def _model(find: object, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, int]:
    """Return a model (3, 3) of MAGSAC++ and how many agree with it, 0 where there is none."""
    settings = {'ransacReprojThreshold': MODEL_PX, 'maxIters': ITERATIONS,
                'confidence': CONFIDENCE, 'method': cv2.USAC_MAGSAC}
    try:
        found, mask = find(starts, ends, **settings)  # type: ignore[operator]
    except cv2.error:  # OpenCV 4.14 fails an assertion where it has found no model
        found, mask = None, None
    if found is None or mask is None or found.shape != (3, 3):
        return np.eye(3), 0
    return found, int(mask.sum())
