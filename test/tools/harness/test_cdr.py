# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Messages as other packages serialise them, in both byte orders."""
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='rosbags is not installed')

from residual_features_ros.tools.bags.rosbag import IMAGE, STORE, header, image_message
from residual_features_ros.tools.harness.cdr import (
    LATEST_PROBE_NS,
    cloud_width,
    is_probe,
    probe_stamp,
    restamped,
    stamp_of,
)

CLOUD, HEADER = 'sensor_msgs/msg/PointCloud2', 'std_msgs/msg/Header'
STAMP_NS = 1_700_000_000_123_456_789
both_orders = pytest.mark.parametrize('little_endian', [True, False])


def serialised(message, little_endian):
    cdr = bytes(STORE.serialize_cdr(message, message.__msgtype__, little_endian=little_endian))
    assert cdr[1] == little_endian
    return cdr


def cloud(frame_id, width):
    return STORE.types[CLOUD](
        header=header(STAMP_NS, frame_id), height=1, width=width, fields=[], is_bigendian=False,
        point_step=4, row_step=4 * width, is_dense=True, data=np.zeros(4 * width, np.uint8))


@both_orders
@pytest.mark.parametrize('frame_id', ['', 'cam', 'came', 'camera', 'left_camera_optical'])
@pytest.mark.parametrize('width', [0, 741])
def test_stamp_and_width_of_a_cloud(little_endian, frame_id, width):
    cdr = serialised(cloud(frame_id, width), little_endian)
    assert (stamp_of(cdr), cloud_width(cdr)) == (STAMP_NS, width)


@both_orders
@pytest.mark.parametrize('container', [bytes, bytearray, memoryview])
def test_a_new_stamp_changes_nothing_else(little_endian, container, image):
    cdr = serialised(image_message(image, STAMP_NS), little_endian)
    changed = restamped(container(cdr), 5_000_000_002)
    assert isinstance(changed, bytes)
    assert changed == serialised(image_message(image, 5_000_000_002), little_endian)
    back = STORE.deserialize_cdr(changed, IMAGE)
    assert (back.header.stamp.sec, back.header.stamp.nanosec) == (5, 2)
    np.testing.assert_array_equal(back.data, image.reshape(-1))


@both_orders
def test_a_header_alone_has_its_stamp(little_endian):
    assert stamp_of(serialised(header(STAMP_NS), little_endian)) == STAMP_NS


def test_rclpy_serialises_alike():
    serialization = pytest.importorskip('rclpy.serialization', reason='rclpy is not installed')
    from sensor_msgs.msg import PointCloud2
    message = PointCloud2(height=1, width=12, point_step=1, data=bytes(12))
    message.header.frame_id = 'optical'
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(STAMP_NS, 10**9)
    cdr = serialization.serialize_message(message)
    assert (stamp_of(cdr), cloud_width(cdr)) == (STAMP_NS, 12)
    back = serialization.deserialize_message(restamped(cdr, 7), PointCloud2)
    assert (back.header.stamp.sec, back.header.stamp.nanosec) == (0, 7)


def test_a_probe_is_told_from_a_frame_by_its_stamp():
    assert all(is_probe(probe_stamp(number)) for number in (1, 2, LATEST_PROBE_NS))
    # No clock at all, a simulation that has just begun, a camera.
    assert not any(map(is_probe, (0, 20_000_000, STAMP_NS)))
