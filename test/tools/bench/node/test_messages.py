# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Messages as another package serialises them."""
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='rosbags is not installed')

from residual_features_ros.tools.bags.rosbag import IMAGE, STORE, header, image_message, stamp_ns
from residual_features_ros.tools.bench.node.messages import MEASURE, Answer, answer_of, stamped

CLOUD = 'sensor_msgs/msg/PointCloud2'


@pytest.mark.parametrize('frame_id', ['', 'cam', 'came', 'camera', 'left_camera_optical'])
def test_stamp_and_width_are_read_without_decoding(frame_id):
    message = STORE.types[CLOUD](
        header=header(MEASURE * 10**9 + 21, frame_id), height=1, width=741, fields=[],
        is_bigendian=False, point_step=4, row_step=4 * 741, is_dense=True,
        data=np.zeros(4 * 741, np.uint8))
    cdr = bytes(STORE.serialize_cdr(message, CLOUD))
    assert answer_of(cdr, 5) == Answer(5, MEASURE, 21, 741)


def test_an_image_gets_the_stamp_of_its_frame(image):
    buffer = bytearray(STORE.serialize_cdr(image_message(image, 1), IMAGE))
    message = STORE.deserialize_cdr(stamped(buffer, 3, 70_000), IMAGE)
    assert stamp_ns(message) == 3 * 10**9 + 70_000
    assert message.width == image.shape[1] and message.header.frame_id == 'camera'
    assert (message.data == image.reshape(-1)).all()
