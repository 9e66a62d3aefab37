# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bags are written and read back; ROS 1 ones are made by the package rosbags."""
import cv2
import numpy as np
import pytest

from residual_features_ros.errors import CommandError, OutputError
from residual_features_ros.ros.conversions import image_from_message

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from rosbags.rosbag2 import StoragePlugin, Writer
from support.bag_files import write_ros1

from residual_features_ros.tools.bags.rosbag import (
    COMPRESSED,
    IMAGE,
    STORE,
    ImageBag,
    header,
    image_message,
    stamp_ns,
    timed_messages,
    write_images,
)


def test_images_survive_the_bag(tmp_path, image):
    frames = [image, image[::-1].copy(), image[:, ::-1].copy()]
    assert write_images(tmp_path / 'bag', '/cam/image', IMAGE, timed_messages(frames, 10)) == 3
    bag = ImageBag(tmp_path / 'bag', '')
    assert (bag.topic, bag.kind) == ('/cam/image', IMAGE)
    times, messages = zip(*bag.messages(10), strict=True)
    assert np.diff(times).tolist() == [10**8, 10**8]
    assert [stamp_ns(message) for message in messages] == list(times)
    for message, frame in zip(messages, frames, strict=True):
        np.testing.assert_array_equal(image_from_message(message), frame)
    assert len(list(bag.messages(2))) == 2


def test_a_grey_image_is_sent_as_mono8(image):
    grey = np.ascontiguousarray(image[..., 0])
    message = image_message(grey, 5)
    assert (message.encoding, message.step) == ('mono8', grey.shape[1])
    np.testing.assert_array_equal(image_from_message(message), grey)


def test_nothing_is_replaced(tmp_path, image):
    write_images(tmp_path / 'bag', '/a', IMAGE, timed_messages([image], 10))
    (tmp_path / 'bag' / 'notes.md').write_text('sunny')
    before = {path: path.read_bytes() for path in (tmp_path / 'bag').iterdir()}
    (tmp_path / 'mine').mkdir()
    for name in ('bag', 'mine'):
        with pytest.raises(OutputError, match='there already, and nothing is replaced'):
            write_images(tmp_path / name, '/a', IMAGE, timed_messages([image], 10))
    assert {path: path.read_bytes() for path in (tmp_path / 'bag').iterdir()} == before


def write_bag2(folder, topics, storage=StoragePlugin.SQLITE3):
    with Writer(folder, version=9, storage_plugin=storage) as writer:
        for topic, message in topics:
            kind = message.__msgtype__
            connection = writer.add_connection(topic, kind, typestore=STORE)
            for time_ns in (5, 6):
                writer.write(connection, time_ns, STORE.serialize_cdr(message, kind))


def test_an_mcap_with_compressed_images_is_read(tmp_path, image):
    jpeg = cv2.imencode('.jpg', image)[1].reshape(-1)
    message = STORE.types[COMPRESSED](header=header(7), format='jpeg', data=jpeg)
    write_bag2(tmp_path / 'bag', [('/cam/compressed', message)], StoragePlugin.MCAP)
    bag = ImageBag(next((tmp_path / 'bag').glob('*.mcap')), '/cam/compressed')
    assert bag.kind == COMPRESSED
    _, first = next(bag.messages(1))
    assert image_from_message(first).shape == image.shape


def test_a_stamp_that_repeats_becomes_the_bag_time(tmp_path, image):
    write_bag2(tmp_path / 'bag', [('/a', image_message(image, 7))])
    assert [stamp_ns(m) for _, m in ImageBag(tmp_path / 'bag', '').messages(2)] == [7, 6]


def test_a_ros1_bag_is_read_as_ros2_has_it(tmp_path, image):
    path = write_ros1(tmp_path / 'old.bag',
                      [('/left', IMAGE, 99, image_message(image, 1_500_000_007))])
    (time_ns, message), = ImageBag(path, '').messages(5)
    assert (time_ns, stamp_ns(message), message.header.frame_id) == (99, 1_500_000_007, 'camera')
    assert STORE.serialize_cdr(message, IMAGE)
    np.testing.assert_array_equal(image_from_message(message), image)


def test_topics_are_named_where_one_must_be_chosen(tmp_path, image):
    message = image_message(image, 1)
    write_bag2(tmp_path / 'two', [('/left', message), ('/right', message)])
    with pytest.raises(CommandError, match=r'TOPIC=.*/left, /right'):
        ImageBag(tmp_path / 'two', '')
    with pytest.raises(CommandError, match='has no image topic /front'):
        ImageBag(tmp_path / 'two', '/front')


def test_what_is_no_bag_is_named(tmp_path):
    with pytest.raises(CommandError, match='no such bag'):
        ImageBag(tmp_path / 'none', '')
    (tmp_path / 'text.bag').write_text('hello')
    (tmp_path / 'folder').mkdir()
    for name in ('text.bag', 'folder'):
        with pytest.raises(CommandError, match='not a bag that rosbags reads'):
            ImageBag(tmp_path / name, '')


def test_an_image_that_cannot_be_read_is_left_out_and_named(tmp_path, image):
    with Writer(tmp_path / 'bag', version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connection = writer.add_connection('/a', IMAGE, typestore=STORE)
        for time_ns in range(1, 5):
            good = STORE.serialize_cdr(image_message(image, time_ns), IMAGE)
            writer.write(connection, time_ns, b'\0\1\0\0abc' if time_ns == 2 else good)
    bag = ImageBag(tmp_path / 'bag', '')
    assert [time_ns for time_ns, _ in bag.messages(2)] == [1, 3]
    assert len(bag.unread) == 1 and '7 bytes are not a whole' in bag.unread[0]
