# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.rendered_scene import MATRIX, points, pose
from support.rendered_scene import project as true_pixels

from residual_features_ros.geometry.triangulation import errors_px, project, triangulate

A, B = pose(0.1, 0, -0.2, 3), pose(0.9, 0.2, 0.3, -4, 2)


def test_pixels_and_depths():
    space = points(20)
    pixels, depths = project(space, B, MATRIX)
    np.testing.assert_allclose(pixels, true_pixels(space, B), atol=1e-3)
    np.testing.assert_allclose(depths, (space @ B[:3, 2]) - B[:3, 2] @ B[:3, 3])


def test_what_is_behind_the_camera_has_no_pixel():
    behind = np.array([[0.0, 0, -5], [0, 0, 5]])
    pixels, depths = project(behind, np.eye(4), MATRIX)
    assert np.isnan(pixels[0]).all() and np.isnan(depths[0]) and depths[1] == 5
    assert errors_px(behind, np.zeros((2, 2)), np.eye(4), MATRIX)[0] == np.inf


def test_an_error_is_a_distance_in_pixels():
    space = points(5)
    pixels = project(space, A, MATRIX)[0] + [3, 4]
    np.testing.assert_allclose(errors_px(space, pixels, A, MATRIX), 5)


def test_two_views_tell_points_and_angles():
    space = points(30)
    a, b = (project(space, at, MATRIX)[0] for at in (A, B))
    found, angles = triangulate(a, b, A, B, MATRIX)
    np.testing.assert_allclose(found, space, atol=1e-6)
    rays = [(space - at[:3, 3]) / np.linalg.norm(space - at[:3, 3], axis=1, keepdims=True)
            for at in (A, B)]
    np.testing.assert_allclose(angles, np.degrees(np.arccos((rays[0] * rays[1]).sum(1))))


@pytest.mark.parametrize('count', [0, 1])
def test_few_pairs(count):
    a = np.full((count, 2), 50.0)
    found, angles = triangulate(a, a + 1, A, B, MATRIX)
    assert found.shape == (count, 3) and angles.shape == (count,)
