# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

pytest.importorskip('launch_ros', reason='launch_ros is not installed (no PyPI package)')

from launch import LaunchContext

from residual_features_ros.errors import ConfigError, DatasetError
from residual_features_ros.ros import camera_launching
from residual_features_ros.ros.camera_launching import CAMERA, camera_nodes

NOTHING = {**dict.fromkeys(CAMERA, ''), 'image_transport': ''}


def launched(**given):
    """Return package, executable and parameters of the only node."""
    node, = camera_nodes({**NOTHING, **given}, namespace='/robot')
    written, = node._Node__parameters or [{}]
    values = {''.join(part.text for part in name): value.evaluate(LaunchContext())
              if hasattr(value, 'evaluate') else value for name, value in written.items()}
    return node.node_package, node.node_executable, values


@pytest.fixture
def folder(tmp_path):
    cv2.imwrite(str(tmp_path / '1.png'), np.zeros((48, 64), np.uint8))
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'clip.mp4').write_text('no video')
    return tmp_path


def test_no_camera_is_launched_where_none_is_asked_for():
    assert camera_nodes(NOTHING) == []


def test_a_folder_is_published(folder):
    assert launched(camera=str(folder)) == (
        'residual_features_ros', 'image_publisher', {'source': str(folder)})
    assert launched(camera=str(folder), camera_rate='7', camera_calibration='/c.yaml')[2] == {
        'source': str(folder), 'rate_hz': 7.0, 'calibration': '/c.yaml'}


@pytest.mark.parametrize(('camera', 'device'), [('v4l2', {}), (
    '/dev/null', {'video_device': '/dev/null'})])
def test_a_device_is_published_by_v4l2_camera(monkeypatch, camera, device):
    monkeypatch.setattr(camera_launching, 'get_package_prefix', lambda package: '/opt/ros')
    assert launched(camera=camera, camera_calibration='/c.yaml') == (
        'v4l2_camera', 'v4l2_camera_node', {**device, 'camera_info_url': 'file:///c.yaml'})


@pytest.mark.parametrize(('given', 'words'), [
    ({'camera': 'v4l2'}, 'sudo apt install ros-jazzy-v4l2-camera'),
    ({'camera': 'v4l2', 'camera_rate': '5'}, 'a device has a rate of its own'),
    ({'camera': 'v4l'}, 'v4l is neither v4l2 nor a device, folder or file that is there'),
    ({'camera': 'empty'}, 'no image in this folder'),
    ({'camera': 'clip.mp4'}, 'neither a folder of images nor a video'),
    ({'camera': '.', 'camera_rate': 'fast'}, "a number of images a second, not 'fast'"),
    ({'camera': '.', 'image_transport': 'compressed'}, 'published as raw images'),
    ({'camera_rate': '5'}, 'are of camera, which is not given')])
def test_a_camera_that_cannot_be_had_is_refused(monkeypatch, folder, given, words):
    monkeypatch.setenv('ROS_DISTRO', 'jazzy')
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(folder))
    monkeypatch.chdir(folder)
    with pytest.raises((ConfigError, DatasetError), match=words):
        camera_nodes({**NOTHING, **given})
