# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import shutil

import cv2
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from support.bag_files import frames, write

from residual_features_ros.tools.bags.origin import (
    STRING,
    TOPIC,
    Origin,
    origin_message,
    read_origin,
)
from residual_features_ros.tools.bags.rosbag import STORE, ImageBag
from residual_features_ros.tools.command_line import main

SECOND = 10**9


def with_origin(folder, *messages):
    items = [(TOPIC, STRING, SECOND, message) for message in messages]
    return ImageBag(write(folder / 'bag', [*frames(1), *items]), '')


def text(words):
    return STORE.types[STRING](words)


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
@pytest.mark.parametrize('whole', [True, False])
def test_what_make_bag_writes_survives_in_every_copy(tmp_path, storage, whole):
    (tmp_path / 'in').mkdir()
    cv2.imwrite(str(tmp_path / 'in' / '1.png'), np.zeros((48, 64), np.uint8))
    assert main(['make-bag', 'images', str(tmp_path / 'in'), '--out', str(tmp_path / 'bag'),
                 '--storage', storage]) == 0
    copy = tmp_path / 'copy'
    if whole:
        shutil.copytree(tmp_path / 'bag', copy)
    else:  # one file, without metadata.yaml
        file, = (path for path in (tmp_path / 'bag').iterdir() if path.suffix != '.yaml')
        copy = copy.with_suffix(file.suffix)
        shutil.copy(file, copy)
    assert read_origin(ImageBag(copy, ''), []) == Origin('images', SECOND)


def test_a_bag_of_another_maker_says_nothing(tmp_path):
    notes = []
    assert read_origin(with_origin(tmp_path), notes) is None and not notes

    file, = write(tmp_path / 'long', frames(6)).glob('*.db3')
    file.write_bytes(file.read_bytes()[:-200_000])
    assert read_origin(ImageBag(file, '', allow_truncated=True), notes) is None and not notes


def test_the_first_message_counts(tmp_path):
    bag = with_origin(tmp_path, origin_message(Origin('tum', 0, '/groundtruth')), text('{'))
    assert read_origin(bag, []) == Origin('tum', 0, '/groundtruth')


@pytest.mark.parametrize('message', [
    text(''), text('{'), text('[1]'), text('"a"'), text('{}'), text('{"added_to_times_ns": "1"}'),
    text('{"added_to_times_ns": -1}'), text('{"added_to_times_ns": 1e9}'),
    text('{"added_to_times_ns": true}'), text('{"added_to_times_ns": 9000000000000000000}'),
    text('[' * 100_000), b'\x00\x01\x00\x00\xff\xff'])
def test_what_cannot_be_understood_is_said(tmp_path, message):
    notes = []
    assert read_origin(with_origin(tmp_path, message), notes) is None
    assert len(notes) == 1 and f'{TOPIC} cannot be understood (' in notes[0]
