# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A synthetic scene of points with a known motion."""
import cv2
import numpy as np
import pytest
from support.rendered_scene import MATRIX, points, pose, project

from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.pose import (
    direction_error_deg,
    motion_between,
    rotation_error_deg,
)
from residual_features_ros.geometry.relative_pose import STANDING, two_view

CAMERA = Camera(MATRIX, (320, 240))
MOVES = {'sideways': pose(0.4, yaw_deg=3), 'forward': pose(z=0.8, pitch_deg=-1),
         'back': pose(z=-0.8), 'all': pose(-0.3, 0.1, 0.4, -4, 2)}


@pytest.mark.parametrize('move', MOVES)
def test_a_known_motion_is_found(move):
    rng = np.random.default_rng(1)
    space = points(300)
    a, b = project(space, pose()), project(space, MOVES[move])
    b += rng.normal(0, 0.1, b.shape).astype(np.float32)
    b[:60] = rng.uniform(0, 240, (60, 2))
    inliers, motion = two_view(a, b, CAMERA)
    true = motion_between(pose(), MOVES[move])
    assert rotation_error_deg(motion.rotation, true[:3, :3]) < 0.2
    assert direction_error_deg(motion.direction, true[:3, 3]) < 2
    assert inliers[60:].mean() > 0.97 and inliers[:60].mean() < 0.2
    again = two_view(a, b, CAMERA)  # the estimator has no dice of its own
    assert np.array_equal(again[0], inliers) and np.array_equal(again[1].rotation,
                                                                motion.rotation)


def test_distortion_is_taken_into_account():
    space = points(300)
    bent = Camera(MATRIX, (320, 240), np.array([-0.3, 0.1, 0, 0, 0]), 'plumb_bob')

    def seen(camera_pose):
        back = np.linalg.inv(camera_pose)
        return cv2.projectPoints(space, cv2.Rodrigues(back[:3, :3])[0], back[:3, 3], MATRIX,
                                 bent.distortion)[0].reshape(-1, 2)
    a, b = seen(pose()), seen(MOVES['all'])
    inliers, motion = two_view(a, b, bent)
    assert inliers.mean() > 0.97
    true = motion_between(pose(), MOVES['all'])
    assert direction_error_deg(motion.direction, true[:3, 3]) < 1
    _, ignored = two_view(a, b, CAMERA)
    assert direction_error_deg(ignored.direction, true[:3, 3]) > 1


def test_a_camera_that_stands():
    a = project(points(100), pose())
    noise = np.random.default_rng(0).normal(0, 0.05, a.shape).astype(np.float32)
    assert two_view(a, a + noise, CAMERA)[1] is STANDING


def test_without_a_camera_there_are_inliers_and_no_motion():
    space = points(200)
    inliers, motion = two_view(project(space, pose()), project(space, MOVES['all']), None)
    assert inliers.mean() > 0.9 and motion is None


def test_too_few_matches_tell_nothing(monkeypatch):
    few = np.zeros((5, 2), np.float32)
    assert two_view(few, few, CAMERA)[1] is None and not two_view(few, few, None)[0].any()

    def fail(*_, **__):
        raise cv2.error('!model.empty()')
    monkeypatch.setattr(cv2, 'findEssentialMat', fail)
    many = np.zeros((20, 2), np.float32)
    assert two_view(many, many, CAMERA)[1] is None
