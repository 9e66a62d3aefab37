# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Guided matching: a second search where the geometry of the first one's matches allows it.

The classical way to more matches (Hartley and Zisserman, Multiple View Geometry, algorithm 11.4)
searches along epipolar lines. These leave a keypoint hundreds of others; what its neighbours do
leaves it a few pixels, in scenes with depth too, since near in the image is mostly near in depth.
So a partner lies where an affine map of the nearest sure matches leads, as near to it as these
matches agree, and on the epipolar line.
"""
from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from residual_features_ros import loops
from residual_features_ros.compiling import has_compiler
from residual_features_ros.geometry.homography import homography_inliers
from residual_features_ros.types import Features, Matches

LEAST_INLIERS = 20  # of epipolar geometry that is to be believed
MODEL_PX, ITERATIONS, CONFIDENCE = 1.5, 2000, 0.999  # of MAGSAC++
NEIGHBOURS = 8  # matches that say where a keypoint goes
STIFF = 0.05  # how much the affine map of few matches keeps to that of all
SPREADS, MOST_PX = 1.5, 25.0  # a partner is within so many deviations of the neighbours, at most


class Motion(NamedTuple):
    """Sure matches: places (S, 2) in the first image and in the second, and F (3, 3)."""

    starts: np.ndarray
    ends: np.ndarray
    matrix: np.ndarray


def allowed(a: Features, b: Features, matches: Matches, limit_px: float) -> np.ndarray | None:
    """Return which pairs (N, M) the geometry of the matches allows; None where there is none.

    Args:
        a: of the first image.
        b: of the second.
        matches: of both, some of them wrong.
        limit_px: largest distance from the epipolar line, and from where the neighbours lead if
            these agree.
    """
    motion = motion_of(a.keypoints[matches.indices[:, 0]], b.keypoints[matches.indices[:, 1]])
    if motion is None:
        return None
    places, spread = predict(a.keypoints, motion.starts, motion.ends, NEIGHBOURS)
    radius = np.clip(limit_px + SPREADS * spread, limit_px, MOST_PX)
    lines = homogeneous(a.keypoints) @ motion.matrix.T  # (N, 3) in the second image
    reach, others_reach = (limit_px * np.linalg.norm(some[:, :2], axis=1) for some in (
        lines, homogeneous(b.keypoints) @ motion.matrix))
    if not has_compiler():
        return within(places, radius, b.keypoints, lines, reach, others_reach)
    found = np.empty((len(a), len(b)), np.bool_)
    loops.within(places, radius, b.keypoints.astype(np.float64), lines, reach, others_reach,
                 found)
    return found


def agreeing(a: Features, b: Features, matches: Matches) -> int:
    """Return how many matches agree with one geometry, 0 for few.

    That is epipolar geometry and what neighbours do, or, where there is none, since a plane or a
    camera that only turns has many, a homography.
    """
    starts, ends = a.keypoints[matches.indices[:, 0]], b.keypoints[matches.indices[:, 1]]
    motion = motion_of(starts, ends)
    if motion is not None:
        return len(motion.starts)
    planar = int(homography_inliers(starts, ends, 2 * MODEL_PX).sum())
    return planar if planar >= LEAST_INLIERS else 0


def within(places: np.ndarray, radius: np.ndarray, points: np.ndarray, lines: np.ndarray,
           reach: np.ndarray, others_reach: np.ndarray) -> np.ndarray:
    """Return what loops.within fills, its twin in numpy."""
    products = np.abs(lines @ homogeneous(points).T)  # (N, M)
    near: np.ndarray = distances(places, points) <= radius[:, None]
    return near & (products <= np.minimum(reach[:, None], others_reach[None]))


def homogeneous(points: np.ndarray) -> np.ndarray:
    """Return points (N, 2) as (N, 3) float64, with ones."""
    return np.c_[points, np.ones(len(points))].astype(np.float64)


def motion_of(starts: np.ndarray, ends: np.ndarray) -> Motion | None:
    """Return the matches (M, 2), (M, 2) that agree with one geometry and with their neighbours.

    None where they are fewer than LEAST_INLIERS.
    """
    if len(starts) < LEAST_INLIERS:
        return None
    try:
        matrix, mask = cv2.findFundamentalMat(starts, ends, cv2.USAC_MAGSAC, MODEL_PX, CONFIDENCE,
                                              ITERATIONS)
    except cv2.error:  # OpenCV 4.14 fails an assertion where it has found no model
        return None
    if matrix is None or matrix.shape != (3, 3) or mask.sum() < LEAST_INLIERS:
        return None
    agree = mask.ravel().astype(bool)
    starts, ends = starts[agree], ends[agree]
    expected, _ = predict(starts, starts, ends, NEIGHBOURS + 1)  # it is a neighbour of itself
    off = np.linalg.norm(expected - ends, axis=1)
    sure = off <= max(2 * MODEL_PX, 3 * float(np.median(off)))
    # Some twenty wrong matches agree with one geometry by luck, but not with their neighbours.
    if np.median(off) > MOST_PX / 2 or sure.sum() < LEAST_INLIERS:
        return None
    return Motion(starts[sure], ends[sure], matrix)


def predict(points: np.ndarray, starts: np.ndarray, ends: np.ndarray,
            count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where points go by the affine map of their nearest matches, and how these disagree.

    The map is that of all matches where the nearest ones say nothing else (ridge regression),
    and nearer ones count more.

    Args:
        points: (N, 2) of the first image.
        starts: (S, 2) of matches, 3 at least.
        ends: (S, 2) of the same in the second image.
        count: how many matches a point asks.

    Returns:
        places (N, 2) and the deviations (N,) of its matches from its map, pixels.
    """
    nearest, apart = neighbours(points, starts, min(count, len(starts)))  # (N, K)
    reach = apart.max(1) + 1
    weights = (1 - (apart / reach[:, None])**2 / 1.5)**2
    general = np.linalg.lstsq(np.c_[np.ones(len(starts)), starts], ends, rcond=None)[0][1:]
    offsets = starts[nearest] - points[:, None]  # (N, K, 2)
    left = ends[nearest] - offsets @ general
    terms = np.concatenate([np.ones_like(offsets[..., :1]), offsets], 2)  # (N, K, 3)
    weighted = terms * weights[..., None]
    normal = np.einsum('nki,nkj->nij', weighted, terms)
    ridge = STIFF * reach**2 * weights.sum(1)
    normal[:, 1, 1] += ridge
    normal[:, 2, 2] += ridge
    maps = np.linalg.solve(normal, np.einsum('nki,nkj->nij', weighted, left))  # (N, 3, 2)
    off = ((left - terms @ maps)**2).sum(2)
    return maps[:, 0], np.sqrt((weights * off).sum(1) / weights.sum(1))


def neighbours(points: np.ndarray, others: np.ndarray,
               count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which of others (S, 2) are the nearest to points (N, 2), and how far: (N, count)."""
    if not has_compiler():
        apart = distances(points, others)  # (N, S)
        nearest = np.argpartition(apart, count - 1, axis=1)[:, :count]
        return nearest, np.take_along_axis(apart, nearest, 1)
    rows = np.empty((len(points), count), np.int32)
    squared = np.empty((len(points), count), np.float32)
    loops.neighbours(points.astype(np.float32), others.astype(np.float32), rows, squared)
    return rows, np.sqrt(squared).astype(np.float64)


def distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the distances (N, M) of points (N, 2) from points (M, 2)."""
    x, y = (first[:, None, axis] - second[None, :, axis] for axis in (0, 1))
    return np.asarray(np.hypot(x, y))
