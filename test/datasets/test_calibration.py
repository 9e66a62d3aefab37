# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from support.rendered_scene import MATRIX

from residual_features_ros.datasets.calibration import (
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


@pytest.mark.parametrize(('changes', 'said'), [
    ({'k': np.zeros(9)}, 'not calibrated'), ({'distortion_model': 'mei'}, "'mei' is not known"),
    ({'d': np.ones(3)}, '3 coefficients'),
    ({'distortion_model': 'equidistant', 'd': np.ones(5)}, 'has 4 coefficients')])
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
                       ('7', 'not a calibration file')):
        (tmp_path / 'bad.yaml').write_text(text)
        with pytest.raises(CameraError, match=said):
            camera_from_yaml(tmp_path / 'bad.yaml')
