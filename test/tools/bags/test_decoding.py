# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Types by the bag's own definition where it is good, by ROS's where it is not."""
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from rosbags.typesys import Stores, get_typestore

from residual_features_ros.errors import ConversionError
from residual_features_ros.tools.bags.connection import Connection
from residual_features_ros.tools.bags.decoding import STORE, Decoder
from residual_features_ros.tools.bags.rosbag import IMAGE, image_message, stamp_ns

RAW = bytes(STORE.serialize_cdr(image_message(np.zeros((3, 4), np.uint8), 7), IMAGE))
DEFINITION = STORE.generate_msgdef(IMAGE, ros_version=2)[0]
IDL = ('module my_msgs { module msg { struct Thing { long value; }; }; };')


@pytest.mark.parametrize(('schema', 'definition', 'digest'), [
    ('ros2msg', DEFINITION, ''), ('ros2msg', DEFINITION, 'RIHS01_' + '0' * 64), ('', '', ''),
    ('', '', STORE.hash_rihs01(IMAGE)), ('unknown', 'what', ''),
    ('ros2msg', 'other/Missing x', ''),
    ('ros2idl', 'module { union', ''), ('jsonschema', '{}', '')])
def test_an_image_is_decoded_whatever_the_bag_says_of_its_type(schema, definition, digest):
    connection = Connection('/a', IMAGE, 'cdr', schema, definition, digest)
    assert stamp_ns(Decoder().decode(connection, RAW)) == 7


@pytest.mark.parametrize(('schema', 'definition'), [
    ('ros2msg', 'int32 value'), ('ros2idl', IDL),
    ('ros2idl', '=' * 80 + '\nIDL: my_msgs/msg/Thing\n' + IDL)])
def test_a_type_that_only_the_bag_knows(schema, definition):
    connection = Connection('/a', 'my_msgs/msg/Thing', 'cdr', schema, definition)
    assert Decoder().decode(connection, b'\0\1\0\0\5\0\0\0').value == 5


def test_messages_of_ros1_are_decoded_with_and_without_a_definition():
    ros1 = get_typestore(Stores.ROS1_NOETIC)
    kind = 'std_msgs/msg/Header'
    stamp = ros1.types['builtin_interfaces/msg/Time'](3, 4)
    raw = ros1.serialize_ros1(ros1.types[kind](seq=1, stamp=stamp, frame_id='c'), kind)
    for definition in ('', ros1.generate_msgdef(kind)[0]):
        found = Decoder().decode(Connection('/a', kind, 'ros1', 'ros1msg', definition), raw)
        assert (found.seq, found.stamp.sec, found.frame_id) == (1, 3, 'c')


@pytest.mark.parametrize(('connection', 'raw', 'said'), [
    (Connection('/a', 'my_msgs/msg/Thing'), RAW, 'my_msgs/msg/Thing: its definition in the bag '
                                                 r'cannot be used \(there is none\)'),
    (Connection('/a', 'x.Image', 'protobuf'), RAW, r'/a \(x.Image in protobuf\): messages of ROS'),
    (Connection('/a', IMAGE), b'\0\1\0\0abc', '7 bytes are not a whole sensor_msgs/msg/Image')])
def test_what_cannot_be_decoded_says_why(connection, raw, said):
    with pytest.raises(ConversionError, match=said):
        Decoder().decode(connection, raw)
