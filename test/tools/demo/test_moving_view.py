# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.tools.demo.moving_view import make_panorama, moving_view, view_corners


@pytest.mark.parametrize('aspect', [4 / 3, 16 / 9, 1.0])
def test_the_view_stays_on_the_panorama(aspect):
    width, height = 1440, 480
    for time in np.linspace(0, 1, 200):
        corners = view_corners(time, (width, height), aspect)
        assert np.all(corners >= 0)
        assert np.all(corners <= [width, height])


def test_the_view_moves_smoothly_and_comes_back():
    paths = np.array([view_corners(t, (1440, 480), 4 / 3) for t in np.linspace(0, 1, 151)])
    steps = np.linalg.norm(np.diff(paths, axis=0), axis=2)
    assert steps.max() < 40  # pixels, of 480
    assert steps.mean() > 5
    np.testing.assert_allclose(paths[0], paths[-1], atol=1e-6)


def test_photographs_have_one_height_in_a_panorama(image):
    assert make_panorama([image, image[:120]]).shape == (480, 640 + 1280, 3)


def test_a_sequence_is_the_same_every_time(image):
    first, second = (list(moving_view([image], (80, 60), 3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first[0].shape == (60, 80, 3)
    assert first[0].dtype == np.uint8
