# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')

from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

from residual_features_ros.errors import ConversionError
from residual_features_ros.loop_closing import LoopCandidate
from residual_features_ros.ros.conversions import rows_to_message
from residual_features_ros.ros.place_messages import (
    loops_from_message,
    loops_to_message,
    place_from_message,
    place_to_message,
)
from residual_features_ros.vocabulary.bag import BagOfWords

HEADER = Header(frame_id='camera')
HEADER.stamp.sec, HEADER.stamp.nanosec = 12, 345
LOOPS = [LoopCandidate((7, 4 * 10**9), 0.25, 300, 120), LoopCandidate((1, 0), 0.5, 90, 40)]


def travelled(message):
    return deserialize_message(serialize_message(message), PointCloud2)


def fields(message):
    return [(field.name, field.datatype) for field in message.fields]


@pytest.mark.parametrize('words', [[], [3], [0, 5, 99999]])
def test_words_travel(words):
    bag = BagOfWords(np.array(words, np.int32), np.full(len(words), 0.25, np.float32))
    message = travelled(place_to_message(bag, HEADER))
    assert message.header == HEADER and (message.height, message.width) == (1, len(words))
    assert fields(message) == [('word', PointField.UINT32), ('weight', PointField.FLOAT32)]
    back = place_from_message(message)
    assert back.words.tolist() == words and back.weights.tolist() == [0.25] * len(words)
    assert (back.words.dtype, back.weights.dtype) == (np.int32, np.float32)


@pytest.mark.parametrize('loops', [LOOPS, LOOPS[:1], []])
def test_loop_candidates_travel(loops):
    message = travelled(loops_to_message(loops, HEADER))
    assert message.header == HEADER and (message.height, message.width) == (1, len(loops))
    assert fields(message) == [
        ('stamp_sec', PointField.INT32), ('stamp_nanosec', PointField.UINT32),
        ('score', PointField.FLOAT32), ('matches', PointField.INT32),
        ('inliers', PointField.INT32)]
    assert loops_from_message(message) == loops


def test_other_clouds_are_refused():
    place = place_to_message(BagOfWords(np.array([1], np.int32), np.ones(1, np.float32)), HEADER)
    with pytest.raises(ConversionError, match='no field stamp_sec'):
        loops_from_message(place)
    with pytest.raises(ConversionError, match='no field word, weight'):
        place_from_message(loops_to_message(LOOPS, HEADER))
    rows = np.array([(5, 0.5), (2, 0.5)], [('word', '<u4'), ('weight', '<f4')])
    with pytest.raises(ConversionError, match=r'not the words of an image: .* ascend'):
        place_from_message(rows_to_message(rows, HEADER))
