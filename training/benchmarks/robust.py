# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Matches of two calibrated views -> relative pose, by one of several robust estimators."""
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

CONFIDENCE, MOST_DRAWS = 0.999, 5000
LEAST = 8  # matches; fewer are a failure

# OpenCV's, of the fundamental matrix, as the Image Matching Challenge estimates it. 'accurate' is
# Graph-Cut RANSAC with the test of DEGENSAC for planes. 'essential' is that with cameras known;
# MAGSAC's essential matrix changes by degrees with the order of exact matches (OpenCV 4.14).
ESTIMATORS = {'lmeds': cv2.LMEDS, 'ransac': cv2.RANSAC, 'magsac': cv2.USAC_MAGSAC,
              'accurate': cv2.USAC_ACCURATE, 'essential': cv2.USAC_ACCURATE}


@dataclass(frozen=True)
class Estimate:
    """R (3, 3) and t (3,) of unit length from the first camera to the second, inliers (M,)."""

    R: np.ndarray
    t: np.ndarray
    inliers: np.ndarray


def estimate(first: np.ndarray, second: np.ndarray, cameras: tuple[np.ndarray, np.ndarray],
             estimator: str, threshold_px: float, seed: int) -> Estimate | None:
    """Estimate the relative pose.

    Args:
        first: (M, 2) pixels of the first view.
        second: (M, 2) their partners.
        cameras: K (3, 3) of either view.
        estimator: a name of ESTIMATORS.
        threshold_px: an inlier's largest distance; lmeds takes none.
        seed: of the order of the matches and of OpenCV's draws; the result is a function of it.

    Returns:
        None where there are too few matches or no model.
    """
    if len(first) < LEAST:
        return None
    order = np.random.default_rng(seed).permutation(len(first))
    cv2.setRNGSeed(seed)
    points = [np.ascontiguousarray(places[order], np.float64) for places in (first, second)]
    rays = [normalised(places, K) for places, K in zip(points, cameras, strict=True)]
    try:
        if estimator == 'essential':
            focal = float(np.mean([K[0, 0] + K[1, 1] for K in cameras]) / 2)
            matrix, mask = cv2.findEssentialMat(
                rays[0], rays[1], np.eye(3), ESTIMATORS[estimator], CONFIDENCE,
                threshold_px / focal, MOST_DRAWS)
        else:
            matrix, mask = cv2.findFundamentalMat(
                points[0], points[1], ESTIMATORS[estimator], threshold_px, CONFIDENCE, MOST_DRAWS)
            matrix = None if matrix is None else cameras[1].T @ matrix[:3] @ cameras[0]
        if matrix is None or matrix.size < 9 or mask is None or mask.sum() < 5:
            return None
        mask = mask.astype(np.uint8).ravel()
        _, R, t, _ = cv2.recoverPose(matrix[:3], rays[0][mask > 0], rays[1][mask > 0], np.eye(3))
    except cv2.error:  # OpenCV 4.14 fails an assertion where it has found no model
        return None
    inliers = np.zeros(len(first), bool)
    inliers[order] = mask > 0
    return Estimate(R, t.ravel(), inliers)


def normalised(points: np.ndarray, K: np.ndarray) -> np.ndarray:
    """Return pixels (M, 2) as rays x / z, y / z."""
    return np.ascontiguousarray((points - K[:2, 2]) @ np.linalg.inv(K[:2, :2]).T)
