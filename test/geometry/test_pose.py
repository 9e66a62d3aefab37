# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.rendered_scene import pose

from residual_features_ros.geometry.pose import (
    axis_error_deg,
    direction_error_deg,
    interpolate,
    inverse,
    motion_between,
    pose_from,
    pose_matrix,
    quaternion_of,
    relative_pose,
    rotation_error_deg,
    rotation_of,
    skew,
)
from residual_features_ros.geometry.trajectory import Trajectory, in_order


def test_a_quaternion_by_hand():
    half = np.sqrt(0.5)
    turned = pose_from(np.array([1, 2, 3]), np.array([0, 0, half, half]))  # 90 degrees around z
    np.testing.assert_allclose(turned @ [1, 0, 0, 1], [1, 3, 3, 1], atol=1e-12)
    np.testing.assert_allclose(quaternion_of(turned[:3, :3]), [0, 0, half, half], atol=1e-12)
    assert np.isnan(pose_from(np.zeros(3), np.zeros(4))[:3, :3]).all()


@pytest.mark.parametrize('degrees', [0, 1e-5, 37, 180])
def test_rotations_survive_the_quaternion(degrees):
    rotation = pose(yaw_deg=degrees, pitch_deg=3)[:3, :3]
    back = pose_from(np.zeros(3), quaternion_of(rotation))[:3, :3]
    np.testing.assert_allclose(back, rotation, atol=1e-9)


def test_errors_by_hand():
    a, b = pose(yaw_deg=10)[:3, :3], pose(yaw_deg=12.5)[:3, :3]
    assert rotation_error_deg(a, b) == pytest.approx(2.5)
    assert rotation_error_deg(a, a) == pytest.approx(0, abs=1e-6)
    assert rotation_error_deg(np.eye(3), pose(yaw_deg=180)[:3, :3]) == pytest.approx(180)
    assert direction_error_deg(np.array([1, 0, 0]), np.array([0, 3, 0])) == pytest.approx(90)
    assert direction_error_deg(np.array([1, 0, 0]), np.array([-2, 0, 0])) == pytest.approx(180)
    assert np.isnan(direction_error_deg(np.zeros(3), np.array([1, 0, 0])))


def test_a_motion_takes_points_from_one_camera_to_the_other():
    a, b = pose(1, 2, 3, 20, 5), pose(2, 1, 4, 25, -4)
    point = np.array([0.5, 0.2, 7, 1])  # in camera a
    np.testing.assert_allclose(b @ (motion_between(a, b) @ point), a @ point, atol=1e-12)
    np.testing.assert_allclose(inverse(a) @ a, np.eye(4), atol=1e-12)


def test_poses_are_found_by_time():
    motion = Trajectory(np.array([0, 100, 500]), np.array([pose(0), pose(1, yaw_deg=8), pose(5)]))
    between = motion.at(25, 100)
    assert between[0, 3] == pytest.approx(0.25)
    assert rotation_error_deg(between[:3, :3], pose(yaw_deg=2)[:3, :3]) < 1e-6
    assert motion.at(100, 0)[0, 3] == 1  # exactly there
    assert motion.at(130, 50)[0, 3] == 1  # the next one is too far away to interpolate
    assert motion.at(300, 50) is None
    assert motion.at(-40, 50)[0, 3] == 0 and motion.at(-60, 50) is None
    assert motion.length() == 5
    assert interpolate(pose(0), pose(2), 0.5)[0, 3] == 1


def test_poses_are_sorted_and_bad_ones_counted():
    broken = pose(3)
    broken[0, 0] = np.nan
    motion, left_out = in_order(np.array([30, 10, 10, 20]),
                             np.array([pose(3), pose(1), pose(9), broken]))
    assert motion.stamps_ns.tolist() == [10, 30] and left_out == 2
    assert motion.poses[:, 0, 3].tolist() == [1, 3]
    assert in_order(np.zeros(0), np.zeros((0, 4, 4)))[1] == 0


def test_a_body_is_not_its_camera():
    motion = Trajectory(np.array([0]), np.array([pose(1, yaw_deg=90)]))
    np.testing.assert_allclose(motion.moved_to(pose(z=2)).poses[0, :3, 3], [3, 0, 0], atol=1e-12)


def test_a_quaternion_turns():
    quarter = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    np.testing.assert_allclose(rotation_of(np.array([0, 0, 1, 1])), quarter, atol=1e-12)


def test_a_cross_product_is_a_matrix():
    a, b = np.array([1.0, -2, 3]), np.array([0.5, 4, -1])
    np.testing.assert_allclose(skew(a) @ b, np.cross(a, b))


@pytest.mark.parametrize(('other', 'directed', 'undirected'), [
    ([2, 0, 0], 0, 0), ([-3, 0, 0], 180, 0), ([0, 1, 0], 90, 90), ([-1, 1, 0], 135, 45)])
def test_a_direction_has_a_sign_and_an_axis_has_none(other, directed, undirected):
    ahead = np.array([1.0, 0, 0])
    assert direction_error_deg(ahead, np.array(other, float)) == pytest.approx(directed)
    assert axis_error_deg(ahead, np.array(other, float)) == pytest.approx(undirected)
    assert np.isnan(axis_error_deg(ahead, np.zeros(3)))


def test_a_relative_pose_moves_points_from_one_camera_to_the_other():
    class Camera:
        def __init__(self, matrix):
            back = inverse(matrix)
            self.R, self.t = back[:3, :3], back[:3, 3]

    a, b = pose(0.2, 0.1, 0.5, 2, -1), pose(-0.1, 0.4, 0.2, -5, 3)
    R, t = relative_pose(Camera(a), Camera(b))
    np.testing.assert_allclose(pose_matrix(R, t), motion_between(a, b), atol=1e-12)
