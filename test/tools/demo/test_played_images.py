# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from support.bag_files import frames, stamp, write

from residual_features_ros.tools.bags.rosbag import ImageBag, stamp_ns
from residual_features_ros.tools.demo.played_images import played_images

BAD = ('/cam/image_raw', 'sensor_msgs/msg/Image', stamp(9), b'\x00\x01\x00\x00abc')


def played(path, limit=9):
    notes = []
    messages = list(played_images(ImageBag(path, '', allow_truncated=True), limit, notes))
    return [stamp_ns(message) for _, message in messages], notes


def test_the_images_of_a_whole_bag(tmp_path):
    bag = write(tmp_path / 'bag', frames(3))
    assert played(bag) == ([stamp(i) for i in range(3)], [])
    assert played(bag, 2) == ([stamp(i) for i in range(2)], [])


def test_what_cannot_be_read_is_counted_and_the_first_reason_told(tmp_path):
    stamps, (note,) = played(write(tmp_path / 'bag', [*frames(2), BAD, BAD]))
    assert stamps == [stamp(0), stamp(1)]
    assert note.startswith('2 images of /cam/image_raw are not readable; the first: 7 bytes')


def test_what_the_bag_promised_is_compared(tmp_path):
    bag = write(tmp_path / 'bag', frames(2))
    text = (bag / 'metadata.yaml').read_text()
    (bag / 'metadata.yaml').write_text(text.replace('message_count: 2', 'message_count: 5'))
    stamps, (note,) = played(bag)
    assert len(stamps) == 2
    assert note.startswith('/cam/image_raw: 5 messages were expected') and '2 were read' in note


def test_a_bag_that_breaks_off_is_played_to_there(tmp_path):
    file, = write(tmp_path / 'bag', frames(6)).glob('*.db3')
    file.write_bytes(file.read_bytes()[:-200_000])
    stamps, notes = played(tmp_path / 'bag')
    assert stamps == [stamp(i) for i in range(len(stamps))] and 0 < len(stamps) < 6
    assert notes[-1].startswith(f'the bag breaks off after {len(stamps)} images')
    assert notes[-1].endswith('what lies before is played')
