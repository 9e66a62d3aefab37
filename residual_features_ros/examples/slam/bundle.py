# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What GTSAM solves: bundle adjustment of some keyframes, and the pose graph of a loop."""
from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from residual_features_ros.examples.slam.world import NO_POINT, Keyframe, World
from residual_features_ros.geometry.triangulation import errors_px

HUBER = 2.0  # deviations from which an error counts less
FIXED = 1e-6  # deviation of a pose that stays
ITERATIONS = 10
Edge = tuple[int, int, np.ndarray, float]  # keyframes a, b; b in a (4, 4), its scale


@functools.cache
def _library() -> Any:
    try:
        import gtsam
    except ImportError as error:
        raise ImportError('the SLAM back-end needs the Python package gtsam: pip install '
                          f'"gtsam>=4.3,<5" ({error})') from error
    return gtsam


def require_library() -> None:
    """Raise ImportError, with the remedy, where GTSAM is missing."""
    _library()


@functools.cache
def _noise(sigma: float) -> Any:
    noise = _library().noiseModel
    return noise.Robust.Create(noise.mEstimator.Huber.Create(HUBER),
                               noise.Isotropic.Sigma(2, sigma))


def _solve(graph: Any, values: Any) -> Any:
    parameters = _library().LevenbergMarquardtParams()
    parameters.setMaxIterations(ITERATIONS)
    parameters.setRelativeErrorTol(1e-4)
    return _library().LevenbergMarquardtOptimizer(graph, values, parameters).optimize()


def adjust(world: World, free: Sequence[Keyframe], K: np.ndarray, limit_px: float) -> bool:
    """Adjust keyframes and the points that they see; other keyframes that see them stay.

    Keypoints that are off by more than limit_px, times their sigma, let their points go. Returns
    whether there was a solution; without one nothing changes.
    """
    gtsam = _library()
    pose_key, point_key = gtsam.symbol_shorthand.X, gtsam.symbol_shorthand.P
    points = world.points_of(free)
    points = points[world.views_of(points) > 1]
    inside = np.zeros(len(world.positions) + 1, bool)
    inside[points] = True
    others = [frame for frame in world.covisible(points, 2 * len(free)) if frame not in free]
    oldest = sorted(free, key=lambda frame: frame.number)
    fixed = [*others, *oldest[:max(0, 2 - len(others))]]  # two poses hold place and scale
    fx, fy, cx, cy = K[0, 0], K[1, 1], K[0, 2], K[1, 2]
    calibration = gtsam.Cal3_S2(fx, fy, 0.0, cx, cy)
    graph, values = gtsam.NonlinearFactorGraph(), gtsam.Values()
    stay = gtsam.noiseModel.Isotropic.Sigma(6, FIXED)
    for frame in {id(f): f for f in [*free, *fixed]}.values():
        values.insert(pose_key(frame.number), gtsam.Pose3(frame.pose))
    for frame in fixed:
        graph.add(gtsam.PriorFactorPose3(pose_key(frame.number), gtsam.Pose3(frame.pose), stay))
    for frame in [*free, *others]:
        rows = frame.seen()
        rows = rows[inside[frame.points[rows]]]
        key = pose_key(frame.number)
        for number, pixel, sigma in zip(frame.points[rows].tolist(), frame.view.pixels[rows],
                                        frame.view.sigmas[rows].round(1).tolist(), strict=True):
            graph.add(gtsam.GenericProjectionFactorCal3_S2(
                pixel, _noise(sigma), key, point_key(number), calibration))
    for number in points.tolist():
        values.insert(point_key(number), world.positions[number])
    try:
        solved = _solve(graph, values)
    except RuntimeError:  # an indeterminate system
        return False
    for frame in free:
        frame.pose = solved.atPose3(pose_key(frame.number)).matrix()
    world.positions[points] = [solved.atPoint3(point_key(number)) for number in points.tolist()]
    for frame in [*free, *others]:
        rows = frame.seen()
        off = errors_px(world.positions[frame.points[rows]], frame.view.pixels[rows],
                        frame.pose, K)
        frame.points[rows[off > limit_px * frame.view.sigmas[rows]]] = NO_POINT
    return True


def close_loop(poses: Mapping[int, np.ndarray], edges: Sequence[Edge],
               fixed: int) -> dict[int, tuple[np.ndarray, float]] | None:
    """Return where keyframes are when all edges agree as well as they can, and their scales.

    A pose graph of similarities (Strasdat et al. 2010, "Scale drift-aware large scale monocular
    SLAM"). None where there is no solution.

    Args:
        poses: (4, 4) world from camera by keyframe.
        edges: between keyframes.
        fixed: the keyframe that stays.
    """
    gtsam = _library()

    def similarity(pose: np.ndarray, scale: float = 1.0) -> Any:
        return gtsam.Similarity3(gtsam.Rot3(pose[:3, :3]), pose[:3, 3] / scale, scale)

    graph, values = gtsam.NonlinearFactorGraph(), gtsam.Values()
    noise = gtsam.noiseModel.Isotropic.Sigma(7, 1.0)
    for number, pose in poses.items():
        values.insert(number, similarity(pose))
    graph.add(gtsam.PriorFactorSimilarity3(fixed, similarity(poses[fixed]),
                                           gtsam.noiseModel.Isotropic.Sigma(7, FIXED)))
    for a, b, motion, scale in edges:
        graph.add(gtsam.BetweenFactorSimilarity3(a, b, similarity(motion, scale), noise))
    try:
        solved = _solve(graph, values)
    except RuntimeError:
        return None
    found = {}
    for number in poses:
        at = solved.atSimilarity3(number)
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = at.rotation().matrix(), at.scale() * at.translation()
        found[number] = pose, float(at.scale())
    return found
