# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Databases as recorders leave them, with topics that nobody asked for."""
import shutil
import sqlite3
from contextlib import closing

import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from support.bag_files import frames, stamp, write

from residual_features_ros.tools.bags.images import BagImages
from residual_features_ros.tools.bags.rosbag import ImageBag


@pytest.fixture
def file(tmp_path):
    return next(write(tmp_path / 'bag', frames(6)).glob('*.db3'))


def shown(path):
    bag = ImageBag(path, '', allow_truncated=True)
    images = BagImages(bag)
    return [time_ns for time_ns, _ in images], [*bag.notes, *images.notes]


ALL = [stamp(i) for i in range(6)]


@pytest.mark.parametrize('metadata', [True, False])
@pytest.mark.parametrize(('schema', 'definition', 'digest'), [
    ('', '', ''), ('unknown', '', ''), ('ros2msg', 'this is ~ none', ''),
    ('ros2msg', 'other_msgs/Missing value', ''), ('ros2msg', 'int32 value', 'RIHS01_' + '0' * 64),
    ('ros2idl', 'module a { module msg { union Thing switch (long) { case 1: long b; }; }; };',
     ''),
    ('ros2msg', b'\xff\xfe', '')])
def test_a_topic_that_nobody_asked_for_does_not_matter(file, metadata, schema, definition, digest):
    with closing(sqlite3.connect(file)) as database:
        database.execute("INSERT INTO topics VALUES (9, '/x', 'a/msg/Thing', 'cdr', 'q: [', ?)",
                         (digest,))
        database.execute(
            'INSERT INTO message_definitions (topic_type, encoding, encoded_message_definition, '
            "type_description_hash) VALUES ('a/msg/Thing', ?, ?, ?)", (schema, definition, digest))
        database.execute("INSERT INTO messages (topic_id, timestamp, data) VALUES (9, 1, x'00')")
        database.commit()
    if not metadata:
        (file.parent / 'metadata.yaml').unlink()
    assert shown(file.parent) == (ALL, [])


@pytest.mark.parametrize('in_file', [0, 3])
@pytest.mark.parametrize('metadata', [True, False])
def test_what_a_killed_recorder_left_is_read(file, tmp_path, in_file, metadata):
    killed = tmp_path / 'killed'
    killed.mkdir()
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute('SELECT * FROM messages ORDER BY timestamp').fetchall()[in_file:]
        database.executemany('DELETE FROM messages WHERE id = ?', [row[:1] for row in rows])
        database.commit()
        database.execute('VACUUM')
        database.execute('PRAGMA journal_mode = WAL')
        database.execute('PRAGMA wal_autocheckpoint = 0')
        database.executemany('INSERT INTO messages VALUES (?, ?, ?, ?)', rows)
        database.commit()
        for path in file.parent.glob('*.db3*'):
            shutil.copy(path, killed)
    if metadata:
        shutil.copy(file.parent / 'metadata.yaml', killed)
    before = {path: path.read_bytes() for path in killed.iterdir()}
    said = f'{file.name}-wal, which a recorder left that was killed, is read too'
    assert shown(killed) == (ALL, [said])
    (killed / f'{file.name}-wal').write_bytes(b'no wal' * 100)
    times, notes = shown(killed)
    assert times == ALL[:in_file]
    assert f'{file.name}-wal has messages that are not read' in notes[0]
    assert ('6 messages were expected' in ' '.join(notes)) == metadata
    (killed / f'{file.name}-wal').write_bytes(before[killed / f'{file.name}-wal'])
    assert {path: path.read_bytes() for path in killed.iterdir()} == before


@pytest.mark.parametrize('edit', [
    lambda text: text.replace('offered_qos_profiles: []', "offered_qos_profiles: 'x: ['"),
    lambda text: text.replace('offered_qos_profiles: []', 'offered_qos_profiles: [{depth: 1}]'),
    lambda text: text.replace('version: 9', 'version: 10'), lambda text: text.replace('  ', '\t'),
    lambda text: text.replace('message_count', 'messages'), lambda text: text[:len(text) // 2],
    lambda text: text.replace('serialization_format: cdr', 'serialization_format: json'),
    lambda text: text.replace('sensor_msgs/msg/Image', 'a/msg/B'), lambda text: ''])
def test_what_people_edit_in_metadata_yaml_does_not_matter(file, edit):
    path = file.parent / 'metadata.yaml'
    path.write_text(edit(path.read_text()))
    assert shown(file.parent)[0] == ALL


def test_more_promised_than_there_is_told(file):
    path = file.parent / 'metadata.yaml'
    path.write_text(path.read_text().replace('message_count: 6', 'message_count: 9'))
    assert shown(file.parent) == (ALL, ['/cam/image_raw: 9 messages were expected by what the bag '
                                        'says of itself, 6 were read'])


def test_a_journal_is_told(file):
    file.with_name(f'{file.name}-journal').write_bytes(b'x')
    times, notes = shown(file.parent)
    assert times == ALL and 'the recorder was killed while it wrote' in notes[0]
