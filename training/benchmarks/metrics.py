# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Metrics of two views related by a homography: pure functions."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from residual_features_ros.geometry.homography import inside, transform

CORRECT_PX = 3.0  # how near a match is right, where nothing else is said
MMA_PX = tuple(range(1, 11))
RANSAC_DRAWS = 10
THETA_DESC = 0.8  # the largest distance of GoodPoint's matches (section 6.1), of unit rows


def transfer_errors(first: np.ndarray, second: np.ndarray, homography: np.ndarray) -> np.ndarray:
    """Return (M,) pixels between mapped points (M, 2) of view 1 and their partners in view 2."""
    return np.linalg.norm(transform(first, homography) - second, axis=1)


def distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return (N, M) pixels between points (N, 2) and points (M, 2) of one view."""
    # By axis, and not over the last one of (N, M, 2), which takes five times as long.
    return np.sqrt(sum(np.subtract.outer(first[:, axis], second[:, axis]) ** 2
                       for axis in (0, 1)))


def covisible(points: np.ndarray, homography: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return which points (N, 2) land inside the other view of `size` (width, height)."""
    return inside(transform(points, homography), size)


def possible_matches(first: np.ndarray, second: np.ndarray, homography: np.ndarray,
                     threshold_px: float) -> int:
    """Return how many points of view 1 have a keypoint of view 2 within the threshold."""
    if not len(first) or not len(second):
        return 0
    apart = distances(transform(first, homography), second)
    return int((apart < threshold_px).any(1).sum())


def recall(correct: int, possible: int) -> float:
    """Return the share of the matches that the keypoints allow (possible_matches)."""
    return correct / max(possible, 1)


def matching_score(first: np.ndarray, second: np.ndarray, similarity: np.ndarray,
                   homography: np.ndarray, size: tuple[int, int], threshold_px: float,
                   second_size: tuple[int, int] | None = None) -> float:
    """Return MS: the share of nearest neighbours that are right, the mean of both directions.

    As in KP2D's code (descriptor_evaluation.py, compute_matching_score), whose sizes and numbers
    of keypoints the paper's Table 1 has: no mutual check; a neighbour outside the shared view
    does not count; the distance is taken in the view that asks.

    Args:
        first: (N, 2) keypoints of view 1.
        second: (M, 2) keypoints of view 2.
        similarity: (N, M) of their descriptors, larger is nearer.
        homography: from view 1 to view 2.
        size: (width, height) of view 1.
        threshold_px: how near is right.
        second_size: of view 2, None where it is the same.
    """
    if not len(first) or not len(second):
        return 0.0
    shares = []
    for points, partners, to_points, shown in (
            (first, second[similarity.argmax(1)], np.linalg.inv(homography), size),
            (second, first[similarity.argmax(0)], homography, second_size or size)):
        shared = covisible(partners, to_points, shown)
        right = transfer_errors(partners, points, to_points) < threshold_px
        shares.append((right & shared).sum() / max(shared.sum(), 1))
    return float(np.mean(shares))


def nearest_accuracy(first: np.ndarray, second: np.ndarray, similarity: np.ndarray,
                     homography: np.ndarray, thresholds: Sequence[float],
                     least_similarity: float = -np.inf) -> list[float]:
    """Return GoodPoint's accuracy: the share of nearest neighbours that are right.

    The mean of both directions (section 6.1), of those neighbours whose similarity is greater
    than the least. A direction without any has 0. Right is near in view 2 for both directions.

    Args:
        first: (N, 2) keypoints of view 1.
        second: (M, 2) keypoints of view 2.
        similarity: (N, M) of their descriptors, larger is nearer.
        homography: from view 1 to view 2.
        thresholds: how near is right, in pixels.
        least_similarity: 1 - d^2 / 2 for unit rows that are closer than d.
    """
    if not len(first) or not len(second):
        return [0.0] * len(thresholds)
    forth = similarity.max(1) > least_similarity
    back = similarity.max(0) > least_similarity
    ways = [mma(transfer_errors(*pairs, homography), thresholds) for pairs in (
        (first[forth], second[similarity.argmax(1)][forth]),
        (first[similarity.argmax(0)][back], second[back]))]
    return [float(np.mean(way)) for way in zip(*ways, strict=True)]


def least_similarity(rows: np.ndarray) -> float:
    """Return what similarity_of rows must be above for GoodPoint; bits have no limit."""
    return -np.inf if rows.dtype == np.uint8 else 1 - THETA_DESC**2 / 2


def mma(errors: np.ndarray, thresholds: Sequence[float] = MMA_PX) -> list[float]:
    """Return the matching accuracy: the share of matches (M,) within each threshold in pixels."""
    return [float((errors < t).mean()) if len(errors) else 0.0 for t in thresholds]


def mma_score(accuracy: Sequence[float]) -> float:
    """Return PoSFeat's weighted mean of MMA at 1 to 10 px (section 4.1): weights 2 - 0.1 t."""
    weights = 2 - 0.1 * np.array(MMA_PX)
    return float(weights @ np.array(accuracy) / weights.sum())


def repeatability(first: np.ndarray, second: np.ndarray, homography: np.ndarray,
                  threshold_px: float) -> float:
    """Return the share of keypoints of the shared view that the other view has as well.

    Args:
        first: (N, 2) keypoints of view 1 that land inside view 2.
        second: (M, 2) keypoints of view 2 that land inside view 1.
        homography: from view 1 to view 2.
        threshold_px: how near counts, in view 2.
    """
    if not len(first) or not len(second):
        return 0.0
    near = distances(transform(first, homography), second) < threshold_px
    return float((near.any(1).sum() + near.any(0).sum()) / (len(first) + len(second)))


def corner_errors(first: np.ndarray, second: np.ndarray, homography: np.ndarray,
                  size: tuple[int, int], draws: int = RANSAC_DRAWS) -> list[float]:
    """Return how far the image corners under estimated homographies are from the true ones.

    RANSAC at 3 px, as HPatches papers do, but from several orders of the matches: one draw alone
    moves pairs over a threshold by luck.

    Args:
        first: (M, 2) matched keypoints of view 1.
        second: (M, 2) those of view 2.
        homography: the true one, from view 1 to view 2.
        size: (width, height) of view 1.
        draws: so many orders.

    Returns:
        the mean distance of the four corners in pixels for each draw, infinite where no homography
        can be estimated.
    """
    width, height = size
    corners = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], float)
    true, rng = transform(corners, homography), np.random.default_rng(0)
    errors = []
    for _ in range(draws):
        order, estimated = rng.permutation(len(first)), None
        if len(first) >= 4:
            estimated, _ = cv2.findHomography(first[order], second[order], cv2.RANSAC, 3.0,
                                              maxIters=5000)
        errors.append(float('inf') if estimated is None else float(
            np.linalg.norm(transform(corners, estimated) - true, axis=1).mean()))
    return errors
