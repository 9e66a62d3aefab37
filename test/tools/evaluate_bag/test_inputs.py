# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from support.bag_files import CAMERA, frames, infos, write

from residual_features_ros.errors import CommandError
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.tools.bags.rosbag import STORE
from residual_features_ros.tools.evaluate_bag.inputs import is_rectified, open_inputs
from residual_features_ros.tools.evaluate_bag.options import InputOptions
from residual_features_ros.tools.make_bag.run import INFO, info_message


@pytest.fixture(scope='module')
def images():
    return frames(2)


def info(topic, **changes):
    message = info_message(CAMERA, 10**9)
    for name, value in changes.items():
        setattr(message, name, value)
    return topic, INFO, 10**9, message


def opened(folder, items, **options):
    return open_inputs(InputOptions(write(folder / 'bag', items), **options))


def test_the_camera_beside_the_images_is_taken(images, tmp_path):
    inputs = opened(tmp_path, [info('/other/camera_info'), *infos(), *images])
    assert inputs.camera_source == '/cam/camera_info' and inputs.camera.focal_px == 260
    assert ' '.join(inputs.notes).startswith('no ground truth')


def test_several_that_are_not_beside_are_listed(images, tmp_path):
    items = [info('/a/camera_info'), info('/b/info'), *images]
    inputs = opened(tmp_path, items)
    assert inputs.camera is None
    assert inputs.notes[0].startswith('no CameraInfo is beside /cam/image_raw, the bag has '
                                      '/a/camera_info, /b/info, and --camera-info names none')
    inputs = open_inputs(InputOptions(tmp_path / 'bag', camera_info='/b/info'))
    assert inputs.camera_source == '/b/info' and inputs.camera.focal_px == 260
    with pytest.raises(CommandError, match=r'CameraInfo: /a/camera_info, /b/info'):
        open_inputs(InputOptions(tmp_path / 'bag', camera_info='/c/info'))


def test_the_only_one_is_taken_with_a_word(images, tmp_path):
    inputs = opened(tmp_path, [info('/a/camera_info'), *images])
    assert inputs.camera_source == '/a/camera_info'
    assert '/a/camera_info is the only CameraInfo of the bag and is taken' in inputs.notes[0]


def test_a_bag_without_any_says_so(images, tmp_path):
    assert opened(tmp_path, images).notes[0].startswith('the bag has no CameraInfo')


def test_one_that_cannot_be_read_is_named(images, tmp_path):
    inputs = opened(tmp_path, [('/cam/camera_info', INFO, 10**9, b'\x00\x01\x00\x00'), *images])
    assert inputs.camera is None
    assert '/cam/camera_info has no readable CameraInfo' in ' '.join(inputs.notes)


def test_binning_and_region_count(images, tmp_path):
    region = STORE.types['sensor_msgs/msg/RegionOfInterest'](
        x_offset=100, y_offset=50, height=480, width=640, do_rectify=False)
    full = info_message(Camera(np.array([[520.0, 0, 419.5], [0, 520, 289.5], [0, 0, 1]]),
                               (1000, 700)), 10**9)
    full.binning_x = full.binning_y = 2
    full.roi = region
    inputs = opened(tmp_path, [('/cam/camera_info', INFO, 10**9, full), *images])
    assert inputs.camera.size == (320, 240)
    np.testing.assert_allclose(inputs.camera.K, CAMERA.K)
    assert inputs.fitted_to((320, 240)).camera is inputs.camera


def test_five_numbers_of_an_equidistant_camera(images, tmp_path):
    numbers = np.array([-0.004, 0.037, -0.035, 0.006, 0])
    inputs = opened(tmp_path, [info('/cam/camera_info', d=numbers,
                                    distortion_model='equidistant'), *images])
    assert inputs.camera.distortion.tolist() == numbers[:4].tolist()


@pytest.mark.parametrize(('topic', 'rectified'), [
    ('/cam/image_raw', False), ('/cam/image_rect', True), ('/cam/image_rect_color', True),
    ('/cam/image_rect/compressed', True), ('/cam/image_rectified', True), ('/direct', False),
    ('/zed/left/color/rect/image', True), ('/rect_room/cam/image_raw', False),
    ('/cam/indirect_image', False)])
def test_names_of_rectified_images(topic, rectified):
    assert is_rectified(topic) == rectified
