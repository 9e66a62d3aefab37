# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import zlib

import numpy as np
import pytest
from support.rtabmap_reader import uncompress

from residual_features_ros.errors import ConversionError
from residual_features_ros.examples.rtabmap import (
    compress_rows,
    points_of_depth,
    points_of_disparity,
)
from residual_features_ros.geometry.camera import Camera

CAMERA = Camera(np.array([[400.0, 0, 320], [0, 410, 240], [0, 0, 1]]), (640, 480))
PIXELS = np.array([[320, 240], [100.25, 50], [639, 479], [0, 0]], np.float32)
POINTS = np.dtype([('x', 'f4'), ('y', 'f4'), ('prev_x', 'f4'), ('index', 'i4')])


@pytest.mark.parametrize(('rows', 'kind'), [
    (np.random.default_rng(0).integers(0, 256, (7, 32), dtype=np.uint8), 0),
    (np.random.default_rng(1).normal(size=(5, 128)).astype(np.float32), 5),
    (np.arange(12, dtype=np.float32).reshape(3, 4)[:, ::2], 5),
    (np.arange(6, dtype='>f4').reshape(2, 3), 5)])
def test_rows_come_back_as_they_were(rows, kind):
    read, found = uncompress(compress_rows(rows))
    assert found == kind
    np.testing.assert_array_equal(read, rows)


def test_the_trailer_is_twelve_bytes_behind_a_whole_stream():
    data = compress_rows(np.zeros((300, 32), np.uint8))
    stream = zlib.decompressobj()
    assert stream.decompress(data) == bytes(300 * 32)
    assert stream.eof and stream.unused_data == np.array([300, 32, 0], '<i4').tobytes()


def test_no_rows_are_no_bytes():
    assert compress_rows(np.zeros((0, 32), np.uint8)) == b''


def stereo_rows(index, disparity):
    rows = np.zeros(len(index), POINTS)
    rows['index'] = index
    rows['x'], rows['y'] = PIXELS[index].T
    rows['prev_x'] = rows['x'] - disparity
    return rows


def test_points_of_disparity_project_to_their_pixels():
    points = points_of_disparity(PIXELS, stereo_rows([1, 0], [20, 8]), CAMERA, CAMERA, 0.12)
    np.testing.assert_allclose(points[:2, 2], [400 * .12 / 8, 400 * .12 / 20], rtol=1e-6)
    seen = points[:2] @ CAMERA.K.T
    np.testing.assert_allclose(seen[:, :2] / seen[:, 2:], PIXELS[:2], rtol=1e-5)
    assert np.isnan(points[2:]).all() and points.dtype == np.float32


def test_principal_points_apart_are_no_disparity():
    right = Camera(np.array([[400.0, 0, 310], [0, 410, 240], [0, 0, 1]]), (640, 480))
    points = points_of_disparity(PIXELS, stereo_rows([0], [30]), CAMERA, right, 0.12)
    assert points[0, 2] == pytest.approx(400 * .12 / 20)


def test_no_positive_disparity_is_no_point():
    rows = stereo_rows([0, 1], [0, -3])
    assert np.isnan(points_of_disparity(PIXELS, rows, CAMERA, CAMERA, 0.12)).all()


@pytest.mark.parametrize('index', [-1, 4, 2])
def test_matches_of_other_features_are_refused(index):
    rows = stereo_rows([0], [10])
    rows['index'] = index
    with pytest.raises(ConversionError, match='belong to other features'):
        points_of_disparity(PIXELS, rows, CAMERA, CAMERA, 0.12)


@pytest.mark.parametrize('baseline', [0.0, -0.1, float('nan')])
def test_no_baseline_is_told(baseline):
    with pytest.raises(ConversionError, match='baseline'):
        points_of_disparity(PIXELS, stereo_rows([0], [10]), CAMERA, CAMERA, baseline)


@pytest.mark.parametrize(('kind', 'unit'), [(np.uint16, 1000), (np.float32, 1)])
@pytest.mark.parametrize('size', [(640, 480), (320, 240), (1280, 960)])
def test_points_of_depth(kind, unit, size):
    depth = np.full(size[::-1], 2 * unit, kind)
    column, row = (np.array([100.75, 50.5]) * np.array(size) / (640, 480)).astype(int)
    depth[row, column] = 3 * unit
    points = points_of_depth(PIXELS, depth, CAMERA)
    np.testing.assert_allclose(points[:, 2], [2, 3, 2, 2])
    np.testing.assert_allclose(points[0], [0, 0, 2], atol=1e-6)
    np.testing.assert_allclose(points[3], [-1.6, -2 * 240 / 410, 2], rtol=1e-6)


@pytest.mark.parametrize('unknown', [0, np.nan, -1, np.inf])
def test_unknown_depth_is_no_point(unknown):
    depth = np.full((480, 640), unknown, np.float32)
    assert np.isnan(points_of_depth(PIXELS, depth, CAMERA)).all()


def test_keypoints_outside_the_depth_image_are_no_points():
    far = np.array([[-3, 5], [640, 5], [5, 480.5], [1e6, 1e6]], np.float32)
    assert np.isnan(points_of_depth(far, np.ones((480, 640), np.float32), CAMERA)).all()


def test_the_lens_is_taken_back():
    bent = Camera(CAMERA.K, CAMERA.size, np.array([-0.2, 0.05, 0, 0]), 'plumb_bob')
    points = points_of_depth(PIXELS, np.ones((480, 640), np.float32), bent)
    np.testing.assert_allclose(points @ CAMERA.K.T, np.column_stack(
        [bent.undistort(PIXELS), np.ones(4)]), rtol=1e-4, atol=1e-3)
    assert points[3, 0] < (0 - 320) / 400
