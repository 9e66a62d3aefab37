# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two images whose motion is known, and errors worked out by hand."""
import cv2
import numpy as np
import pytest
from support.rendered_scene import MATRIX, camera_path, points, pose, project

from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.relative_pose import STANDING, Motion
from residual_features_ros.geometry.trajectory import Trajectory
from residual_features_ros.tools.evaluate_bag.inputs import Inputs
from residual_features_ros.tools.evaluate_bag.methods import GapMatches
from residual_features_ros.tools.evaluate_bag.pairs import PairFigures, evaluate_gap, measure

CAMERA = Camera(MATRIX, (320, 240))
NAN = float('nan')
INLIERS = np.arange(20) < 15


def inputs(*poses, camera=CAMERA):
    """Return inputs with a true pose at 0, 1, 2, ... s."""
    stamps = 10**9 * np.arange(len(poses))
    return Inputs(None, camera, 'hand', Trajectory(stamps, np.array(poses)) if poses else None, 0)


def turned(yaw_deg):
    return cv2.Rodrigues(np.radians([0.0, yaw_deg, 0]))[0]


def test_errors_of_a_motion_by_hand():
    # The camera goes 2 m to the right without turning: points move to the left.
    given = inputs(pose(), pose(x=2))
    found = measure(0, 10**9, INLIERS, Motion(turned(3), np.array([-1.0, 0, 0])), given)
    assert (found.previous_ns, found.stamp_ns, found.matches, found.inliers, found.has_motion) == \
        (0, 10**9, 20, 15, True)
    assert found.rotation_deg == pytest.approx(3) and found.baseline == pytest.approx(2)
    assert found.direction_deg == pytest.approx(0, abs=1e-6)
    back = measure(0, 10**9, INLIERS, Motion(turned(0), np.array([1.0, 0, 0])), given)
    assert back.direction_deg == pytest.approx(180)  # the direction has a sign
    aside = measure(0, 10**9, INLIERS, Motion(turned(0), np.array([0, 0, 1.0])), given)
    assert aside.errors_deg == pytest.approx((0, 90))


def test_what_is_not_found_is_the_largest_error_and_what_cannot_be_known_is_none():
    far, near = inputs(pose(), pose(x=2)), inputs(pose(), pose(x=0.004, yaw_deg=2))
    lost = measure(0, 10**9, INLIERS, None, far)
    assert np.isnan(lost.rotation_deg) and lost.baseline == pytest.approx(2)
    assert lost.errors_deg == (180, 180)
    # A camera that is said to stand and moved 2 m: its direction was not found.
    assert measure(0, 10**9, INLIERS, STANDING, far).errors_deg == pytest.approx((0, 180))
    # 4 mm have no direction.
    still = measure(0, 10**9, INLIERS, STANDING, near)
    assert still.errors_deg == pytest.approx((2, NAN), nan_ok=True)
    assert measure(0, 10**9, INLIERS, None, near).errors_deg == pytest.approx((180, NAN),
                                                                              nan_ok=True)
    unknown = measure(0, 5 * 10**9, INLIERS, STANDING, far)  # no pose at 5 s
    assert np.isnan([unknown.baseline, *unknown.errors_deg]).all() and unknown.has_motion


def test_images_far_apart_of_a_known_scene():
    poses = camera_path(9, speed=5)
    space, stamps = points(120), (10**9, 8 * 10**9)
    before, now = project(space, poses[1]), project(space, poses[8])
    now[:30] = np.random.default_rng(0).uniform(0, 240, (30, 2))
    found = evaluate_gap(GapMatches(7, *stamps, before, now), inputs(*poses), 1.0)
    assert (found.previous_ns, found.stamp_ns, found.matches) == (*stamps, 120)
    assert 88 <= found.inliers <= 94 and found.has_motion
    assert found.rotation_deg < 0.02 and found.direction_deg < 0.1
    assert found.baseline == pytest.approx(np.linalg.norm(poses[8][:3, 3] - poses[1][:3, 3]))
    blind = evaluate_gap(GapMatches(7, *stamps, before, now), inputs(*poses, camera=None), 1.0)
    assert not blind.has_motion and blind.inliers > 80


def test_a_pair_is_numbers_alone():
    assert {type(value) for value in vars(PairFigures(0, 1, 2, 3, True)).values()} == \
        {int, float, bool}
