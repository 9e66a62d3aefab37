# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""metadata.yaml as recorders and people leave it."""
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from rosbags.rosbag2 import ReaderError

from residual_features_ros.tools.bags.metadata import Metadata, read_metadata

WHOLE = """rosbag2_bagfile_information:
  version: 9
  compression_mode: '{mode}'
  compression_format: '{form}'
  relative_file_paths: [old/place/a_0.db3, a_1.db3]
  topics_with_message_count:
  - {{topic_metadata: {{name: /cam}}, message_count: 7}}
  - {{topic_metadata: {{name: /cam}}, message_count: 2}}
  - {{topic_metadata: {{name: /imu}}, messages: 3}}
"""


def read(tmp_path, text):
    (tmp_path / 'metadata.yaml').write_text(text)
    return read_metadata(tmp_path)


def test_files_and_counts_are_read(tmp_path):
    assert read_metadata(tmp_path) == Metadata()
    found = read(tmp_path, '\ufeff' + WHOLE.format(mode='', form=''))
    assert found.files == ('a_0.db3', 'a_1.db3') and found.counts == {'/cam': 9}
    assert found.notes == ()


@pytest.mark.parametrize('text', ['', 'rosbag2', '[1, 2]', '\tx: 1', 'a: {b', 'x: 1\n',
                                  WHOLE.format(mode='', form='')[:150].replace('9', "'")])
def test_what_cannot_be_read_is_a_note(tmp_path, text):
    found = read(tmp_path, text)
    assert not found.files and len(found.notes) == 1 and '\n' not in found.notes[0]


def test_what_it_does_not_say_is_a_note(tmp_path):
    found = read(tmp_path, 'rosbag2_bagfile_information: {version: 10}')
    assert found.notes == ('metadata.yaml names no files and no counts of messages',)


def test_a_compression_that_is_not_read_is_refused(tmp_path):
    assert read(tmp_path, WHOLE.format(mode='FILE', form='zstd')).files
    with pytest.raises(ReaderError, match='messages are compressed by lz4'):
        read(tmp_path, WHOLE.format(mode='message', form='lz4'))
