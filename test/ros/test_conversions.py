# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import numpy as np
import pytest

from residual_features_ros import Features, Matches
from residual_features_ros.ros.conversions import (
    DESCRIPTOR_SCALE,
    ConversionError,
    features_from_message,
    features_to_message,
    image_from_message,
    image_to_message,
    matches_from_message,
    matches_to_message,
    message_to_rows,
    rows_to_message,
)

SCALARS = ['x', 'y', 'z', 'response', 'size', 'angle', 'octave', 'id']
SCALARS_SIZE = 36  # with level, which stands behind the descriptor
INFO = {'descriptor_encoding': 'float32', 'descriptor_scale': None,
        'descriptor_zero_point': None, 'image_width': 320, 'image_height': 240}
INFO_UINT8 = {**INFO, 'descriptor_encoding': 'uint8', 'descriptor_scale': DESCRIPTOR_SCALE,
              'descriptor_zero_point': 128}
INFO_BINARY = {**INFO, 'descriptor_encoding': 'binary'}


@pytest.fixture(scope='module')
def ros():
    """Real messages through real serialization."""
    pytest.importorskip('rclpy', reason='rclpy is not installed')
    from rclpy.serialization import deserialize_message, serialize_message
    from sensor_msgs.msg import PointCloud2
    from std_msgs.msg import Header
    header = Header(frame_id='camera')
    header.stamp.sec, header.stamp.nanosec = 12, 345
    return SimpleNamespace(
        header=header,
        travel=lambda message: deserialize_message(serialize_message(message), PointCloud2))


def made_up(count, dim=128, binary=False, seed=0):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, dim)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return Features(
        rng.uniform(0, 240, (count, 2)).astype(np.float32), rng.random(count, np.float32),
        rng.uniform(-1, 360, count).astype(np.float32), rng.random(count, np.float32),
        rng.integers(0, 8, count).astype(np.int32),
        rng.integers(0, 256, (count, dim), np.uint8) if binary else rows, (320, 240))


def assert_same_but_descriptors(a, b):
    for name in ('keypoints', 'sizes', 'angles', 'responses', 'octaves', 'image_size'):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


@pytest.mark.parametrize('count', [0, 1, 1000])
@pytest.mark.parametrize('dim', [64, 128, 256])
def test_float32_features_survive_exactly(ros, count, dim):
    features = made_up(count, dim)
    message = ros.travel(features_to_message(features, ros.header, 'float32'))
    back = features_from_message(message, INFO)
    assert_same_but_descriptors(features, back)
    np.testing.assert_array_equal(features.descriptors, back.descriptors)
    assert message.header == ros.header
    assert (message.height, message.width, message.point_step) == (
        1, count, SCALARS_SIZE + 4 * dim)
    assert [field.name for field in message.fields] == [*SCALARS, 'descriptor', 'level']
    assert message.fields[-2].count == dim


@pytest.mark.parametrize('count', [0, 1, 1000])
def test_uint8_features_survive_but_for_rounding(ros, count):
    features = made_up(count)
    message = ros.travel(features_to_message(features, ros.header))
    back = features_from_message(message, INFO_UINT8)
    assert_same_but_descriptors(features, back)
    assert message.point_step == SCALARS_SIZE + 128
    np.testing.assert_allclose(np.linalg.norm(back.descriptors, axis=1), 1, atol=1e-5)
    if count:
        assert np.linalg.norm(back.descriptors - features.descriptors, axis=1).max() < 0.02


@pytest.mark.parametrize('encoding', ['uint8', 'float32'])
def test_binary_features_travel_as_they_are(ros, encoding):
    features = made_up(100, 32, binary=True)
    message = ros.travel(features_to_message(features, ros.header, encoding))
    assert message.point_step == SCALARS_SIZE + 32
    back = features_from_message(message, INFO_BINARY)
    np.testing.assert_array_equal(features.descriptors, back.descriptors)


def test_track_ids_and_zero_depth(ros):
    rows = message_to_rows(features_to_message(made_up(3), ros.header, ids=np.array([4, -1, 7])))
    assert rows['id'].tolist() == [4, -1, 7] and not rows['z'].any()
    rows = message_to_rows(features_to_message(made_up(3), ros.header))
    assert rows['id'].tolist() == [-1, -1, -1]


def test_levels_travel_behind_what_older_messages_have(ros):
    features = made_up(3, 61, binary=True)
    rows = message_to_rows(ros.travel(features_to_message(
        features, ros.header, levels=np.array([0, 7, 3], np.int32))))
    assert rows['level'].tolist() == [0, 7, 3] and rows.dtype.names[-1] == 'level'
    assert message_to_rows(features_to_message(features, ros.header))['level'].tolist() == [-1] * 3
    older = rows[[name for name in rows.dtype.names if name != 'level']]
    message = rows_to_message(np.array(older.tolist(), np.dtype([
        (name, *(kind.subdtype or (kind,))) for name, (kind, _) in older.dtype.fields.items()])),
        ros.header)
    back = features_from_message(message, INFO_BINARY)
    np.testing.assert_array_equal(back.descriptors, features.descriptors)


@pytest.mark.parametrize('confident', [True, False])
@pytest.mark.parametrize('count', [0, 5])
def test_matches_survive(ros, count, confident):
    a, b = made_up(20, seed=1), made_up(30, seed=2)
    rng = np.random.default_rng(3)
    matches = Matches(
        np.stack([rng.integers(0, 20, count), rng.integers(0, 30, count)], 1).astype(np.int32),
        rng.random(count, np.float32), rng.random(count, np.float32) if confident else None)
    ids = np.arange(count, dtype=np.int32) + 40
    message = ros.travel(matches_to_message(matches, a, b, ros.header, (11, 999), ids))
    back, back_ids = matches_from_message(message)
    np.testing.assert_array_equal(matches.indices, back.indices)
    np.testing.assert_array_equal(matches.distances, back.distances)
    np.testing.assert_array_equal(ids, back_ids)
    rows = message_to_rows(message)
    if confident:
        np.testing.assert_array_equal(matches.confidences, back.confidences)
    elif count:
        assert back.confidences is None and np.isnan(rows['confidence']).all()
    np.testing.assert_array_equal(rows['x'], a.keypoints[matches.indices[:, 0], 0])
    np.testing.assert_array_equal(rows['prev_y'], b.keypoints[matches.indices[:, 1], 1])
    assert (rows['prev_stamp_sec'] == 11).all() and (rows['prev_stamp_nanosec'] == 999).all()


def test_the_layout_of_matches_grew_at_its_end(ros):
    a = made_up(20)
    matches = Matches(np.array([[3, 4]], np.int32), np.float32([0.25]), np.float32([0.75]))
    message = matches_to_message(matches, a, a, ros.header, (11, 999))
    assert [(field.name, field.offset) for field in message.fields] == [
        ('x', 0), ('y', 4), ('z', 8), ('prev_x', 12), ('prev_y', 16), ('distance', 20),
        ('index', 24), ('prev_index', 28), ('id', 32), ('prev_stamp_sec', 36),
        ('prev_stamp_nanosec', 40), ('confidence', 44)]
    assert message.point_step == 48
    assert np.frombuffer(message.data, '<f4')[11] == 0.75


def test_matches_recorded_before_confidences_are_read(ros):
    a = made_up(20)
    matches = Matches(np.array([[3, 4]], np.int32), np.float32([0.25]), np.float32([0.75]))
    message = matches_to_message(matches, a, a, ros.header, (11, 999))
    del message.fields[-1]
    back, _ = matches_from_message(message)
    assert back.indices.tolist() == [[3, 4]] and back.confidences is None


def test_big_endian_clouds_are_read(ros):
    message = features_to_message(made_up(10), ros.header, 'float32')
    rows = message_to_rows(message)
    message.is_bigendian = True
    message.data = rows.astype(rows.dtype.newbyteorder('>')).tobytes()
    np.testing.assert_array_equal(message_to_rows(message)['x'], rows['x'])


@pytest.mark.parametrize('spoil', [
    lambda m: setattr(m, 'width', 2**32 - 1),
    lambda m: setattr(m, 'point_step', 8),
    lambda m: setattr(m, 'height', 2),
    lambda m: setattr(m, 'data', m.data[:100]),
    lambda m: setattr(m, 'fields', m.fields[1:]),
    lambda m: setattr(m, 'fields', []),
    lambda m: setattr(m.fields[0], 'datatype', 0),
    lambda m: setattr(m.fields[0], 'offset', 2**31),
    lambda m: setattr(m.fields[0], 'name', 'y'),
])
def test_other_clouds_are_refused(ros, spoil):
    message = features_to_message(made_up(10), ros.header)
    spoil(message)
    with pytest.raises(ConversionError, match='point cloud'):
        features_from_message(message, INFO_UINT8)


@pytest.mark.parametrize('turn', [lambda image: image, lambda image: image[..., 0],
                                  lambda image: image[::2, ::-1]])
def test_images_survive_the_way(ros, image, turn):
    from rclpy.serialization import deserialize_message, serialize_message
    from sensor_msgs.msg import Image
    sent = turn(image)
    message = deserialize_message(serialize_message(image_to_message(sent, ros.header)), Image)
    assert message.header == ros.header
    np.testing.assert_array_equal(image_from_message(message), sent)
