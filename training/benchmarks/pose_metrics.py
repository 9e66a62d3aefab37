# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Metrics of poses: pure functions. x_camera = R x_world + t; an error of inf is a failure."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from residual_features_ros.geometry.accuracy import FAILED_DEG
from residual_features_ros.geometry.pose import axis_error_deg, rotation_error_deg

LOCALISED = ((0.25, 2.0), (0.5, 5.0), (5.0, 10.0))  # metres, degrees (Sattler et al. 2018)


def translation_error_deg(t: np.ndarray, true: np.ndarray) -> float:
    """Return the angle between two translations (3,) up to sign, in [0, 90] degrees.

    As the Image Matching Challenge has it. 0 where the true one is 0, which has no direction; 90
    where only the other is.
    """
    if not np.linalg.norm(true):
        return 0.0
    if not np.linalg.norm(t):
        return 90.0
    return axis_error_deg(t, true)


def relative_error_deg(found: tuple[np.ndarray, np.ndarray] | None,
                       true: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    """Return the errors of rotation and of translation's direction; None found is FAILED_DEG."""
    if found is None:
        return FAILED_DEG, FAILED_DEG
    return rotation_error_deg(found[0], true[0]), translation_error_deg(found[1], true[1])


def align(places: np.ndarray, true: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Return s, R, t with true = s R places + t in least squares (Umeyama 1991, equations 34-43).

    Args:
        places: (N, 3), N >= 3 and not on one line.
        true: (N, 3).

    Raises:
        ValueError: fewer than three places.
    """
    if len(places) < 3:
        raise ValueError(f'{len(places)} places, three are the least to align')
    mean, true_mean = places.mean(0), true.mean(0)
    u, d, v = np.linalg.svd((true - true_mean).T @ (places - mean) / len(places))
    sign = np.array([1, 1, np.sign(np.linalg.det(u @ v))])
    R = u @ np.diag(sign) @ v
    scale = float((d * sign).sum() / max(((places - mean) ** 2).sum() / len(places), 1e-12))
    return scale, R, true_mean - scale * R @ mean


def aligned_errors(poses: Sequence[tuple[np.ndarray, np.ndarray]],
                   true: Sequence[tuple[np.ndarray, np.ndarray]],
                   ) -> tuple[np.ndarray, np.ndarray]:
    """Return the errors of places (N,) and rotations (N,) in degrees, each aligned by itself.

    Places on a line, of a straight drive, do not tell the turn about it; rotations do.
    """
    places, true_places = (np.array([-R.T @ t for R, t in found]) for found in (poses, true))
    scale, turn, shift = align(places, true_places)
    apart = np.linalg.norm(scale * places @ turn.T + shift - true_places, axis=1)
    u, _, v = np.linalg.svd(sum(other.T @ R for (R, _), (other, _) in zip(poses, true,
                                                                          strict=True)))
    turn = u @ np.diag([1, 1, np.linalg.det(u @ v)]) @ v  # the mean rotation
    turned = [rotation_error_deg(R @ turn.T, other)
              for (R, _), (other, _) in zip(poses, true, strict=True)]
    return apart, np.array(turned)


def localised(metres: np.ndarray, degrees: np.ndarray) -> list[float]:
    """Return the share of queries within each of LOCALISED; 0 for no queries."""
    if not len(metres):
        return [0.0] * len(LOCALISED)
    return [float(((metres <= m) & (degrees <= d)).mean()) for m, d in LOCALISED]
