# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from support.rendered_scene import MATRIX

from residual_features_ros.datasets.calibration import (
    calibration_fields,
    camera_from_fields,
    camera_from_message,
    camera_from_yaml,
)
from residual_features_ros.errors import CameraError

PIXELS = np.array([[20.0, 30], [159.5, 119.5], [300, 200]])


@pytest.mark.parametrize(('model', 'distortion'), [
    ('plumb_bob', [-0.2, 0.05, 0.001, -0.002, 0.01]), ('equidistant', [0.02, -0.01, 0.003, 0])])
def test_distortion_is_undone(model, distortion):
    camera = camera_from_fields(MATRIX, distortion, model, (320, 240))
    ideal = camera.undistort(PIXELS)
    rays = np.hstack([(ideal - MATRIX[:2, 2]) / 260, np.ones((3, 1))])
    if model == 'equidistant':
        back = cv2.fisheye.projectPoints(rays[:, None], np.zeros(3), np.zeros(3), MATRIX,
                                         np.array(distortion))[0]
    else:
        back = cv2.projectPoints(rays, np.zeros(3), np.zeros(3), MATRIX, np.array(distortion))[0]
    np.testing.assert_allclose(back.reshape(-1, 2), PIXELS, atol=0.05)
    assert np.abs(ideal - PIXELS).max() > 0.5


def info(**changes):
    fields = {'width': 320, 'height': 240, 'k': MATRIX.ravel(), 'd': np.zeros(5),
              'distortion_model': 'plumb_bob', 'p': np.zeros(12), **changes}
    return SimpleNamespace(**fields)


def test_messages_of_ros_2_and_1():
    assert camera_from_message(info()).focal_px == 260
    old = info()
    old.K, old.D, old.P = old.k, old.d, old.p
    del old.k, old.d, old.p
    assert camera_from_message(old).size == (320, 240)


def test_rectified_images_have_p():
    p = np.hstack([np.diag([200.0, 200, 1]), np.zeros((3, 1))]).ravel()
    assert camera_from_message(info(p=p), rectified=True).focal_px == 200
    assert camera_from_message(info(p=p)).focal_px == 260


def test_rectified_images_without_p_have_k():
    assert camera_from_message(info(), rectified=True).focal_px == 260
    with pytest.raises(CameraError, match='projection matrix P is empty'):
        camera_from_message(info(d=np.full(5, 0.1)), rectified=True)


def region(x, y, width, height):
    return SimpleNamespace(x_offset=x, y_offset=y, width=width, height=height, do_rectify=False)


@pytest.mark.parametrize(('changes', 'size', 'focal_px', 'centre'), [
    ({}, (320, 240), 260, (159.5, 119.5)),
    ({'binning_x': 0, 'binning_y': 0, 'roi': region(0, 0, 0, 0)}, (320, 240), 260, (159.5, 119.5)),
    ({'binning_x': 1, 'binning_y': 1}, (320, 240), 260, (159.5, 119.5)),
    ({'binning_x': 2, 'binning_y': 2}, (160, 120), 130, (79.5, 59.5)),
    ({'binning_x': 2, 'binning_y': 1}, (160, 240), 195, (79.5, 119.5)),
    ({'roi': region(0, 0, 320, 240)}, (320, 240), 260, (159.5, 119.5)),
    ({'roi': region(40, 20, 100, 80)}, (100, 80), 260, (119.5, 99.5)),
    ({'binning_x': 2, 'binning_y': 2, 'roi': region(40, 20, 100, 80)}, (50, 40), 130,
     (59.5, 49.5))])
@pytest.mark.parametrize('rectified', [False, True])
def test_binning_and_region_of_interest(changes, size, focal_px, centre, rectified):
    # P has the same centre and the focal length 260 here.
    p = np.hstack([MATRIX, np.zeros((3, 1))]).ravel()
    camera = camera_from_message(info(p=p, **changes), rectified)
    assert camera.size == size and camera.focal_px == focal_px
    np.testing.assert_allclose(camera.K[:2, 2], centre)


@pytest.mark.parametrize(('changes', 'said'), [
    ({'k': np.zeros(9)}, 'not calibrated'), ({'distortion_model': 'mei', 'd': [0.1]},
                                             "'mei' is not known"),
    ({'k': MATRIX.T.ravel()}, 'camera matrix is none'), ({'k': ['a'] * 9}, 'not made of numbers'),
    ({'k': MATRIX.ravel()[:6]}, 'not calibrated'),
    ({'d': np.ones(15)}, 'has 14 coefficients, got 15'),
    ({'d': [np.nan] * 5}, 'no numbers'),
    ({'roi': region(300, 0, 100, 240)}, r'region of interest of 100x240 at \(300, 0\)'),
    ({'binning_x': 70000}, 'binning of 70000x1'),
    ({'width': -1}, 'an image of -1x240'),
    ({'distortion_model': 'equidistant', 'd': np.ones(5)}, 'has 4 coefficients, got 5')])
def test_what_says_nothing_is_refused(changes, said):
    with pytest.raises(CameraError, match=said):
        camera_from_message(info(**changes))


def test_a_calibration_file(tmp_path):
    pytest.importorskip('yaml', reason='pyyaml is not installed')
    (tmp_path / 'c.yaml').write_text(
        'image_width: 320\nimage_height: 240\ncamera_name: c\ncamera_matrix:\n  rows: 3\n'
        '  cols: 3\n  data: [260, 0, 160, 0, 250, 120, 0, 0, 1]\ndistortion_model: plumb_bob\n'
        'distortion_coefficients:\n  rows: 1\n  cols: 5\n  data: [0.1, 0, 0, 0, 0]\n')
    camera = camera_from_yaml(tmp_path / 'c.yaml')
    assert camera.focal_px == 255 and camera.distortion[0] == 0.1
    for text, said in (('image_width: 3', 'not a calibration file'), ('a: [', 'cannot be read'),
                       ('7', 'not a calibration file'), ('[' * 5000, 'cannot be read'),
                       ('image_width: .inf', 'not a calibration file')):
        (tmp_path / 'bad.yaml').write_text(text)
        with pytest.raises(CameraError, match=said):
            camera_from_yaml(tmp_path / 'bad.yaml')


def write_calibration(path, **further):
    import yaml
    path.write_text(yaml.safe_dump({
        'image_width': 320, 'image_height': 240, 'distortion_model': 'plumb_bob',
        'camera_matrix': {'data': [260, 0, 160, 0, 250, 120, 0, 0, 1]}, **further}))
    return path


def test_the_fields_of_camera_info_are_those_of_the_file(tmp_path):
    pytest.importorskip('yaml', reason='pyyaml is not installed')
    plain = calibration_fields(write_calibration(tmp_path / 'c.yaml'), (320, 240))
    assert plain['k'] == [260, 0, 160, 0, 250, 120, 0, 0, 1] and plain['d'] == [0] * 5
    assert plain['p'] == [260, 0, 160, 0, 0, 250, 120, 0, 0, 0, 1, 0]
    assert plain['r'] == np.eye(3).ravel().tolist()
    assert (plain['width'], plain['height'], plain['distortion_model']) == (320, 240, 'plumb_bob')
    whole = {'distortion_coefficients': [0.1, 0.2, 0, 0], 'rectification_matrix': [2.0] * 9,
             'projection_matrix': [3.0] * 12}
    fields = calibration_fields(write_calibration(
        tmp_path / 'c.yaml', **{key: {'data': value} for key, value in whole.items()}), (320, 240))
    assert [fields[name] for name in 'drp'] == list(whole.values())


def test_a_calibration_that_does_not_fit_is_refused(tmp_path):
    pytest.importorskip('yaml', reason='pyyaml is not installed')
    path = write_calibration(tmp_path / 'c.yaml', projection_matrix={'data': [1, 2]})
    with pytest.raises(CameraError, match='calibrated for images of 320x240, these have 640x480'):
        calibration_fields(path, (640, 480))
    with pytest.raises(CameraError, match='projection_matrix has 2 numbers, 12 are expected'):
        calibration_fields(path, (320, 240))
