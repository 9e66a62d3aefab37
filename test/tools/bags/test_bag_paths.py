# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which files a path stands for."""
import pytest

from residual_features_ros.tools.bags.bag_paths import natural, paths_of, storage_of

LISTED = ('rosbag2_bagfile_information:\n  relative_file_paths: [{}]\n'
          '  topics_with_message_count: [{{topic_metadata: {{name: /a}}, message_count: 3}}]\n')


@pytest.fixture
def folder(tmp_path):
    for name in ('b_0.db3', 'b_2.db3', 'b_10.db3', '._b_0.db3', 'notes.md'):
        (tmp_path / name).write_bytes(b'x')
    return tmp_path


def names(paths):
    return [path.name for path in paths.files]


def test_the_order_is_that_of_numbers(folder):
    paths = paths_of(folder)
    assert names(paths) == ['b_0.db3', 'b_2.db3', 'b_10.db3']
    assert paths.notes == ('no list of files: 3 are read as one recording',)
    assert sorted([folder / 'b_10', folder / 'b_2'], key=natural) == [folder / 'b_2',
                                                                     folder / 'b_10']


@pytest.mark.parametrize('named', ['', 'metadata.yaml', 'b_2.db3'])
def test_a_folder_its_list_and_a_listed_file_are_the_whole_bag(folder, named):
    (folder / 'metadata.yaml').write_text(LISTED.format('b_0.db3, b_2.db3'))
    paths = paths_of(folder / named)
    assert names(paths) == ['b_0.db3', 'b_2.db3'] and paths.metadata.counts['/a'] == 3
    assert paths.notes == ('b_10.db3 is not listed in metadata.yaml and not read',)


def test_a_file_that_is_not_listed_is_read_alone(folder):
    (folder / 'metadata.yaml').write_text(LISTED.format('b_0.db3, b_2.db3'))
    paths = paths_of(folder / 'b_10.db3')
    assert names(paths) == ['b_10.db3'] and not paths.metadata.counts


def test_what_is_missing_and_what_was_renamed_is_told(folder):
    (folder / 'metadata.yaml').write_text(LISTED.format('b_0.db3, gone.db3, b_2.db3'))
    paths = paths_of(folder)
    assert names(paths) == ['b_0.db3', 'b_2.db3', 'b_10.db3'] and not paths.missing
    assert paths.notes == ('metadata.yaml lists gone.db3; b_10.db3 is read in its place',)
    (folder / 'b_10.db3').unlink()
    paths = paths_of(folder)
    assert names(paths) == ['b_0.db3', 'b_2.db3'] and paths.missing == ('gone.db3',)
    assert paths.notes == ('gone.db3 is missing: what the other files have is read',)


def test_of_two_forms_of_a_file_the_unpacked_one_is_read(tmp_path):
    for name in ('b.db3', 'b.db3.zstd'):
        (tmp_path / name).touch()
    assert names(paths_of(tmp_path)) == ['b.db3']


@pytest.mark.parametrize(('name', 'content', 'storage'), [
    ('x.db3', b'\x89MCAP0\r\n', 'mcap'), ('x.mcap', b'SQLite format 3\0', 'sqlite3'),
    ('x', b'#ROSBAG V2.0\n', 'rosbag1'), ('x.bag.active', b'', 'rosbag1'), ('x.txt', b'hi', '')])
def test_the_first_bytes_say_what_a_file_is(tmp_path, name, content, storage):
    (tmp_path / name).write_bytes(content)
    assert storage_of(tmp_path / name) == storage
