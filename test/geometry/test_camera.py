# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.geometry.camera import Camera

K = np.array([[300.0, 0, 159.5], [0, 280, 119.5], [0, 0, 1]])


def test_a_resized_camera_sees_the_same_rays():
    camera = Camera(K, (320, 240), np.array([0.1, 0, 0, 0]), 'plumb_bob')
    small = camera.resized((160, 60))
    assert small.size == (160, 60) and small.model == 'plumb_bob'
    np.testing.assert_array_equal(small.distortion, camera.distortion)
    corner = np.linalg.inv(K) @ [-0.5, -0.5, 1]  # of the image, which stays its corner
    np.testing.assert_allclose(small.K @ corner, [-0.5, -0.5, 1], atol=1e-12)
    np.testing.assert_allclose(np.diag(small.K), [150, 70, 1])


def test_a_cropped_camera_sees_the_same_rays():
    camera = Camera(K, (320, 240), np.array([0.1, 0, 0, 0]), 'plumb_bob').cropped((20, 10),
                                                                                  (200, 100))
    assert camera.size == (200, 100) and camera.distorted
    np.testing.assert_array_equal(camera.K, [[300, 0, 139.5], [0, 280, 109.5], [0, 0, 1]])


def test_a_binned_camera_sees_the_same_rays():
    camera = Camera(K, (321, 240)).binned((2, 3))
    assert camera.size == (160, 80)
    np.testing.assert_allclose(np.diag(camera.K), [150, 280 / 3, 1])
    ray = np.linalg.inv(K) @ [10.5, 7, 1]  # between pixels 10 and 11, in the middle of 6, 7, 8
    np.testing.assert_allclose(camera.K @ ray, [5, 2, 1], atol=1e-12)


def test_a_camera_without_distortion_changes_no_pixel():
    camera, points = Camera(K), np.float32([[3, 4], [100.5, 7]])
    assert not camera.distorted and camera.size == (0, 0) and camera.focal_px == 290
    np.testing.assert_array_equal(camera.undistort(points), points)
    assert camera.undistort(np.zeros((0, 2))).shape == (0, 2)


@pytest.mark.parametrize('model', ['plumb_bob', 'equidistant'])
def test_undistorting_moves_pixels_as_the_model_says(model):
    camera = Camera(np.diag([100.0, 100, 1]), (0, 0), np.array([0.1, 0, 0, 0]), model)
    x = 0.5
    bent = x * (1 + 0.1 * x**2) if model == 'plumb_bob' else \
        np.arctan(x) * (1 + 0.1 * np.arctan(x)**2)
    np.testing.assert_allclose(camera.undistort(np.array([[100 * bent, 0]])), [[100 * x, 0]],
                               atol=1e-3)


def test_k_is_laid_out_row_by_row_as_opencv_needs_it():
    projection = np.hstack([K, np.zeros((3, 1))])
    camera = Camera(projection[:, :3])
    assert camera.K.flags.c_contiguous and camera.K.dtype == np.float64
    np.testing.assert_array_equal(camera.K, K)
