# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""examples/message_forms.py with real classes of the messages, made from their definitions."""
import array
import dataclasses
import sys
import types

import numpy as np
import pytest

from residual_features_ros.errors import ConfigError, ConversionError
from residual_features_ros.examples.message_forms import FORMS, Form, decode
from residual_features_ros.types import Features, float_rows

messages = pytest.importorskip('std_msgs.msg', reason='std_msgs is not installed')
pytest.importorskip('rclpy', reason='rclpy is not installed')
IDS = np.array([4, -1, 2**31 - 1, -1, 9], np.int32)


def encode(binary, count=5):
    from residual_features_ros.ros.conversions import features_to_message
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 256, (count, 32), np.uint8) if binary else \
        rng.normal(size=(count, 16)).astype(np.float32)
    rows = rows if binary else rows / np.linalg.norm(rows, axis=1, keepdims=True)
    features = Features(
        rng.uniform(0, 640, (count, 2)).astype(np.float32),
        rng.uniform(2, 30, count).astype(np.float32),
        rng.uniform(0, 360, count).astype(np.float32),
        -np.sort(-rng.random(count)).astype(np.float32), np.arange(count, dtype=np.int32), rows,
        (640, 480))
    header = messages.Header(frame_id='eye')
    header.stamp.sec, header.stamp.nanosec = 3, 400
    return features, features_to_message(features, header, 'float32', IDS[:count])


def info_of(binary):
    return {'descriptor_encoding': 'binary' if binary else 'float32', 'image_width': 640,
            'image_height': 480}


@pytest.fixture(params=[False, True], ids=['float', 'binary'])
def decoded(request):
    _, message = encode(request.param)
    return decode(message, info_of(request.param))


def travelled(message):
    """Return a message as it arrives elsewhere."""
    from rclpy.serialization import deserialize_message, serialize_message
    return deserialize_message(serialize_message(message), type(message))


@pytest.mark.parametrize('binary', [False, True])
def test_decoding_keeps_everything(binary):
    features, message = encode(binary)
    found = decode(message, info_of(binary))
    for field in dataclasses.fields(Features):
        np.testing.assert_array_equal(getattr(found.features, field.name),
                                      getattr(features, field.name))
    np.testing.assert_array_equal(found.ids, IDS)
    np.testing.assert_array_equal(found.levels, features.octaves)
    assert found.header == message.header


def test_the_level_goes_before_the_octave():
    from numpy.lib.recfunctions import append_fields

    from residual_features_ros.ros.conversions import message_to_rows, rows_to_message
    _, message = encode(True)
    rows = message_to_rows(message)
    if 'level' not in rows.dtype.names:
        rows = append_fields(rows, 'level', np.zeros(len(rows), '<i4'), usemask=False)
    rows = rows.copy()
    rows['level'] = [7, 6, -1, 4, 3]  # -1: the publisher did not tell it
    assert decode(rows_to_message(rows, message.header), info_of(True)).levels.tolist() == [
        7, 6, 2, 4, 3]


def test_what_is_no_features_is_refused():
    from sensor_msgs.msg import PointCloud2
    with pytest.raises(ConversionError, match='no field x'):
        decode(PointCloud2(height=1), info_of(True))


def test_image_features(message_packages, decoded):
    form = FORMS['image_features']
    found = travelled(form.build(form.kinds(), decoded))
    features, rows = decoded.features, float_rows(decoded.features.descriptors)
    assert found.header == decoded.header and found.sorted_by_score.data
    np.testing.assert_array_equal([(p.x, p.y) for p in found.keypoints], features.keypoints)
    np.testing.assert_array_equal(np.float32(found.scores), features.responses)
    dims = {dim.label: (dim.size, dim.stride) for dim in found.descriptors.layout.dim}
    assert dims == {'keypoint': (5, rows.size), 'descriptor': (rows.shape[1], rows.shape[1])}
    np.testing.assert_array_equal(np.reshape(found.descriptors.data, rows.shape), rows)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    assert not found.global_descriptor


def test_scores_out_of_order_are_told(message_packages, decoded):
    form = FORMS['image_features']
    turned = dataclasses.replace(decoded, features=decoded.features.take(np.arange(5)[::-1]))
    assert not form.build(form.kinds(), turned).sorted_by_score.data


def test_frame_descriptors_have_the_keypoints_with_a_track(message_packages, decoded):
    form = FORMS['frame_descriptors']
    found = travelled(form.build(form.kinds(), decoded))
    assert found.header == decoded.header
    assert list(found.feature_ids) == [4, 2**31 - 1, 9]
    rows = float_rows(decoded.features.descriptors)[[0, 2, 4]]
    assert found.descriptor_dim == rows.shape[1]
    np.testing.assert_array_equal(np.reshape(found.descriptors, rows.shape), rows)


@pytest.mark.parametrize('with_points', [False, True])
def test_rgbd_image(message_packages, decoded, with_points):
    from sensor_msgs.msg import CameraInfo
    from support.rtabmap_reader import uncompress
    form = FORMS['rtabmap']
    points = np.arange(15, dtype=np.float32).reshape(5, 3)
    points[1] = np.nan
    decoded = dataclasses.replace(
        decoded, points=points if with_points else None,
        infos=(CameraInfo(width=640), CameraInfo(width=641)))
    found = travelled(form.build(form.kinds(), decoded))
    features = decoded.features
    assert found.header == decoded.header
    assert (found.rgb_camera_info.width, found.depth_camera_info.width) == (640, 641)
    np.testing.assert_array_equal([(p.pt.x, p.pt.y) for p in found.key_points],
                                  features.keypoints)
    for name, values in (('size', features.sizes), ('angle', features.angles),
                         ('response', features.responses), ('octave', decoded.levels),
                         ('class_id', decoded.ids)):
        np.testing.assert_array_equal([getattr(p, name) for p in found.key_points], values)
    rows, _ = uncompress(bytes(found.descriptors))
    assert rows.dtype == features.descriptors.dtype
    np.testing.assert_array_equal(rows, features.descriptors)
    np.testing.assert_array_equal(
        np.reshape([(p.x, p.y, p.z) for p in found.points], (-1, 3)),
        points if with_points else np.zeros((0, 3)))


@pytest.mark.parametrize('name', FORMS)
def test_an_image_without_keypoints(message_packages, name):
    _, message = encode(False, 0)
    form = FORMS[name]
    found = travelled(form.build(form.kinds(), decode(message, info_of(False))))
    assert found.header == message.header
    assert not getattr(found, 'key_points', [])
    assert not getattr(found, 'feature_ids', [])


def test_a_package_that_is_not_installed_is_named():
    form = Form('no_such_msgs', 'Thing', 'nowhere', 'thing', lambda kinds, decoded: None)
    with pytest.raises(ConfigError, match='no_such_msgs, which has Thing, does not import'):
        form.kinds()


def test_a_package_of_the_same_name_with_other_messages_is_told(monkeypatch):
    """There is such an image_feature_msgs, whose ImageFeatures is a global descriptor alone."""
    package = types.ModuleType('image_feature_msgs.msg')
    package.ImageFeatures = messages.Header
    monkeypatch.setitem(sys.modules, 'image_feature_msgs', types.ModuleType('image_feature_msgs'))
    monkeypatch.setitem(sys.modules, 'image_feature_msgs.msg', package)
    with pytest.raises(ConfigError, match='another ImageFeatures than that of github'):
        FORMS['image_features'].kinds()


def test_arrays_go_the_short_way(message_packages, decoded):
    """A list would be checked value by value in Python."""
    form = FORMS['image_features']
    found = form.build(form.kinds(), decoded)
    assert isinstance(found.scores, array.array)
    assert isinstance(found.descriptors.data, array.array)
