# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ATE and RPE of a trajectory by the package evo."""
from __future__ import annotations

from typing import Any

import numpy as np

from residual_features_ros.geometry.pose import quaternion_of
from residual_features_ros.geometry.trajectory import Trajectory

LEAST_POSES = 3


def evo_errors(truth: Trajectory, estimate: Trajectory) -> dict[str, float]:
    """Return the root mean squares of absolute and relative pose errors.

    Args:
        truth: true poses at the stamps of the estimate, row by row.
        estimate: poses of the odometry.

    Returns:
        ate_rmse: after alignment by a rigid motion (Umeyama), in the unit of the truth;
        rpe_rmse, rpe_rotation_deg_rmse: from one image to the next. Empty for fewer than 3 poses.

    Raises:
        ImportError: evo is not installed.
    """
    from evo.core.geometry import GeometryException
    from evo.core.metrics import APE, RPE, PoseRelation
    if len(truth) < LEAST_POSES:
        return {}
    reference, aligned = _to_evo(truth), _to_evo(estimate)
    relative, turned = RPE(PoseRelation.translation_part), RPE(PoseRelation.rotation_angle_deg)
    for metric in (relative, turned):  # before alignment: it changes nothing between images
        metric.process_data((reference, aligned))
    found = {'rpe_rmse': _rmse(relative), 'rpe_rotation_deg_rmse': _rmse(turned)}
    absolute = APE(PoseRelation.translation_part)
    try:
        aligned.align(reference, correct_scale=False)
    except GeometryException:  # a camera that stands, or moves along one line, has no alignment
        aligned.align_origin(reference)
    absolute.process_data((reference, aligned))
    return {'ate_rmse': _rmse(absolute), **found}


def similarity_errors(truth: Trajectory, estimate: Trajectory) -> np.ndarray:
    """Return how far (N,) an estimate is from the truth, aligned by a similarity (Umeyama).

    A camera that stands has no alignment: its errors are those from the first true place.

    Args:
        truth: true poses at the stamps of the estimate, row by row, 3 at least.
        estimate: poses whose origin and scale are its own.

    Raises:
        ImportError: evo is not installed.
    """
    from evo.core.geometry import GeometryException
    reference, aligned = _to_evo(truth), _to_evo(estimate)
    try:
        aligned.align(reference, correct_scale=True)
    except GeometryException:
        aligned.align_origin(reference)
    apart = aligned.positions_xyz - reference.positions_xyz
    return np.asarray(np.linalg.norm(apart, axis=1))


def _rmse(metric: Any) -> float:
    from evo.core.metrics import StatisticsType
    return float(metric.get_statistic(StatisticsType.rmse))


def _to_evo(trajectory: Trajectory) -> Any:
    from evo.core.trajectory import PoseTrajectory3D
    quaternions = np.array([quaternion_of(pose[:3, :3]) for pose in trajectory.poses])
    return PoseTrajectory3D(positions_xyz=trajectory.poses[:, :3, 3].copy(),
                            orientations_quat_wxyz=quaternions[:, [3, 0, 1, 2]],
                            timestamps=trajectory.stamps_ns / 1e9)
