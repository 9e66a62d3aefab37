# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
from support.rendered_scene import camera_path, pose

from residual_features_ros.geometry.odometry import Odometry
from residual_features_ros.geometry.pose import motion_between
from residual_features_ros.geometry.relative_pose import Motion


def motion(a, b):
    matrix = motion_between(a, b)
    length = np.linalg.norm(matrix[:3, 3])
    return Motion(matrix[:3, :3], matrix[:3, 3] / length), length


def test_true_motions_give_the_true_way():
    poses, odometry = camera_path(6), Odometry(camera_path(6)[0])
    odometry.begin(0)
    for i in range(1, 6):
        odometry.step(i - 1, i, *motion(poses[i - 1], poses[i]))
    np.testing.assert_allclose(odometry.trajectory().poses, poses, atol=1e-12)


def test_a_match_may_go_to_an_image_further_back():
    poses, odometry = camera_path(3), Odometry()
    odometry.begin(0)
    odometry.step(0, 1, *motion(poses[0], poses[1]))
    odometry.step(0, 2, *motion(poses[0], poses[2]))
    np.testing.assert_allclose(odometry.poses[2], poses[2], atol=1e-12)


def test_a_start_anew_goes_on_from_the_newest_pose():
    odometry = Odometry(pose(7))
    assert odometry.begin(0)[0, 3] == 7
    odometry.step(0, 1, Motion(np.eye(3), np.array([-1.0, 0, 0])), 2.0)
    assert odometry.poses[1][0, 3] == 9
    assert odometry.begin(5)[0, 3] == 9
    odometry.step(99, 100, None)  # nobody knows image 99
    assert odometry.poses[100][0, 3] == 11 and odometry.repeated == 1
    odometry.forget_before(50)
    assert list(odometry.poses) == [99, 100]
