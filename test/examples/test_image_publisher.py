# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""examples/image_publisher.py as a process, its images over DDS."""
import cv2
import numpy as np
import pytest
from support.ros_nodes import finish

pytest.importorskip('rclpy', reason='rclpy is not installed')

from sensor_msgs.msg import CameraInfo, Image

from residual_features_ros.errors import DatasetError
from residual_features_ros.examples.image_publisher import camera_info

NAMESPACE = '/published'
CALIBRATION = """image_width: 64
image_height: 48
distortion_model: plumb_bob
camera_matrix: {data: [50, 0, 32, 0, 50, 24, 0, 0, 1]}
"""


@pytest.fixture
def folder(tmp_path):
    for level in (30, 120, 220):
        cv2.imwrite(str(tmp_path / f'{level:03}.png'), np.full((48, 64, 3), level, np.uint8))
    (tmp_path / 'camera.yaml').write_text(CALIBRATION)
    return tmp_path


def test_a_folder_is_played_from_its_first_image_to_its_last(probe, start_node, folder):
    process = start_node('image_publisher', NAMESPACE, package='examples', source=folder,
                         rate_hz=20.0, loop='false', frame_id='eye',
                         calibration=folder / 'camera.yaml')
    with probe.listen(CameraInfo, f'{NAMESPACE}/camera_info') as infos, \
            probe.listen(Image, f'{NAMESPACE}/image_raw') as images:
        probe.wait_for(lambda: len(images) == len(infos) == 3, 'three images')
        code, log = finish(process)
    assert code == 0 and 'that was the last image' in log and '64x48 at 20 Hz' in log
    assert [image.data[0] for image in images] == [30, 120, 220]
    assert [image.header for image in images] == [info.header for info in infos]
    assert images[0].header.frame_id == 'eye' and images[0].encoding == 'bgr8'
    assert infos[0].k[0] == 50 and (infos[0].width, infos[0].height) == (64, 48)


def test_what_cannot_be_played_ends_the_start(start_node):
    code, log = finish(start_node('image_publisher', '/refused', package='examples',
                                  source='/nowhere'))
    assert code == 1 and 'Traceback' not in log
    assert '/nowhere: no such folder of images, or video file' in log


def test_a_calibration_has_to_fit(folder):
    assert camera_info('', (1, 1)) is None
    assert camera_info(str(folder / 'camera.yaml'), (64, 48)).width == 64
    with pytest.raises(DatasetError, match='cannot be read'):
        camera_info('/nowhere.yaml', (64, 48))
