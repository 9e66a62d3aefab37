# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
from support.slam_scene import CAMERA, image

from residual_features_ros.examples.slam.world import (
    LARGEST_SIGMA,
    NO_POINT,
    Keyframe,
    View,
    World,
    match,
    view_of,
)


def frame(number, points):
    count = len(points)
    rows = np.full((count, 2), number, np.uint8)
    return Keyframe(number, View(number, np.zeros((count, 2)), rows, np.ones(count)), np.eye(4),
                    np.array(points))


@pytest.fixture
def world():
    """Return six points and three keyframes, the last of which sees two of the first's."""
    made = World()
    made.add_points(np.arange(18.0).reshape(6, 3), np.zeros((6, 2), np.uint8))
    for number, points in enumerate([[0, 1, 2, NO_POINT], [3, 4], [NO_POINT, 2, 1, 5]]):
        made.add_keyframe(frame(number, points))
    return made


def test_who_sees_what(world):
    assert [f.number for f in world.covisible(np.array([1, 2, 4]), 9)] == [2, 0, 1]
    assert [f.number for f in world.covisible(np.array([1, 2, 4]), 1)] == [2]
    assert world.covisible(np.array([NO_POINT]), 9) == [] and world.newest.number == 2
    assert world.points_of([world.keyframes[2]]).tolist() == [1, 2, 5]
    assert world.points_of([]).tolist() == []
    assert world.views_of(np.arange(6)).tolist() == [1, 2, 2, 1, 1, 1]
    assert world.descriptors[:, 0].tolist() == [0, 2, 2, 1, 1, 2]  # of who saw them last


def test_points_are_replaced_and_let_go(world):
    world.replace(np.array([1, 4]), np.array([0, NO_POINT]))
    assert [f.points.tolist() for f in world.keyframes.values()] == [
        [0, 0, 2, NO_POINT], [3, NO_POINT], [NO_POINT, 2, 0, 5]]


def test_the_oldest_leaves_with_what_it_alone_saw(world):
    world.add_points(np.zeros((3000, 3)), np.zeros((3000, 2), np.uint8))
    world.forget_oldest()
    assert len(world.positions) == len(world.descriptors) == 5
    assert world.positions[world.keyframes[2].points[1:]][:, 0].tolist() == [6, 3, 15]


def test_a_larger_keypoint_is_less_certain():
    _, features, _ = image(0)
    sizes = np.full(len(features), 4, np.float32)
    sizes[:2] = 8, 400
    view = view_of(1, dataclasses.replace(features, sizes=sizes), CAMERA)
    assert view.sigmas[:3].tolist() == [2, LARGEST_SIGMA, 1]


def test_matches_are_mutual_allowed_and_beyond_doubt():
    a = np.array([[0, 0], [255, 255]], np.uint8)
    b = np.array([[255, 254], [0, 1], [0, 3]], np.uint8)
    assert [rows.tolist() for rows in match(a, b, 0.9)] == [[0, 1], [1, 0]]
    assert [rows.tolist() for rows in match(a, b, 0.4)] == [[1], [0]]
    none = np.zeros((2, 3), bool)
    assert [len(rows) for rows in match(a, b, 0.9, none)] == [0, 0]
