# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

from residual_features_ros.geometry.epipolar import epipolar_px, essential, fundamental, sampson
from residual_features_ros.geometry.pose import skew

K = np.array([[500, 0, 320], [0, 500, 240], [0, 0, 1.0]])
WIDE = np.array([[250, 0, 160], [0, 250, 120], [0, 0, 1.0]])


def turned(degrees, axis=(0, 1, 0)):
    return cv2.Rodrigues(np.radians(degrees) * np.array(axis, float))[0]


def two_views():
    """Return R, t and the points (20, 3) of a scene in either camera."""
    points = np.random.default_rng(0).uniform((-1, -1, 4), (1, 1, 8), (20, 3))
    R, t = turned(5), np.array([1.0, 0.2, 0.1])
    return R, t, points, points @ R.T + t


def pixels(points, matrix):
    return (points @ matrix.T)[:, :2] / points[:, 2:]


def test_points_lie_on_their_epipolar_lines_and_moved_ones_as_far_off_as_they_moved():
    R, t, points, moved = two_views()
    first, second = pixels(points, K), pixels(moved, WIDE)
    assert epipolar_px(first, second, fundamental(K, WIDE, R, t)).max() < 1e-6
    sideways = fundamental(K, K, np.eye(3), np.array([1.0, 0, 0]))
    assert epipolar_px(first, first + [9, 3], sideways) == pytest.approx([3] * 20)


def test_a_fundamental_matrix_has_norm_1_and_no_motion_has_none():
    R, t, *_ = two_views()
    matrix = fundamental(K, WIDE, R, t)
    assert np.linalg.norm(matrix) == pytest.approx(1)
    np.testing.assert_allclose(matrix, fundamental(K, WIDE, R, 7 * t))
    assert not fundamental(K, WIDE, R, np.zeros(3)).any()


def test_an_essential_matrix_by_hand():
    np.testing.assert_array_equal(essential(np.eye(3), np.array([1.0, 0, 0])),
                                  [[0, 0, 0], [0, 0, -1], [0, 1, 0]])
    R, t, *_ = two_views()
    np.testing.assert_allclose(essential(R, t), skew(t) @ R)


def test_sampson_distances_are_0_on_the_lines_and_grow_with_the_way_off():
    R, t, points, moved = two_views()
    a, b = points / points[:, 2:], moved / moved[:, 2:]
    assert np.abs(sampson(R, t, a, b)).max() < 1e-12
    off = np.abs(sampson(np.eye(3), np.array([1.0, 0, 0]), a, a + [0.5, 0.02, 0]))
    np.testing.assert_allclose(off, 0.02 / np.sqrt(2))  # half of the way in either view
