# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import os

import pytest

from residual_features_ros.datasets.image_lists import read_image_list
from residual_features_ros.datasets.stamps import existing
from residual_features_ros.errors import DatasetError

NAMES = ('1.png', 'room 2.png')
WANT = [(1_400_000_000_100_000_000, '1.png'), (1_400_000_000_200_000_000, 'room 2.png')]


def written(tmp_path, text):
    (tmp_path / 'rgb.txt').write_text(text)
    return tmp_path / 'rgb.txt', tmp_path, 'seconds'


def listed(tmp_path, content, usual='seconds'):
    (tmp_path / 'rgb').mkdir(exist_ok=True)
    for name in NAMES:
        (tmp_path / 'rgb' / name).touch()
    (tmp_path / 'rgb.txt').write_bytes(content if isinstance(content, bytes) else content.encode())
    images, notes = read_image_list(tmp_path / 'rgb.txt', tmp_path, usual)
    found = [(stamp, path.relative_to(tmp_path / 'rgb').as_posix()) for stamp, path in images]
    return found, notes


@pytest.mark.parametrize('text', [
    '# t\n1400000000.1 rgb/1.png\n1400000000.2 rgb/room 2.png\n',
    '\ufefftimestamp filename\r\n1400000000.1 rgb/1.png\r\n1400000000.2 rgb/room 2.png\r\n',
    '1400000000.1,rgb/1.png\r1400000000.2, rgb/room 2.png\r',
    '1400000000.1;./rgb/1.png;\n1400000000.2;"rgb/room 2.png"\n',
    '1400000000.1\trgb\\1.png\n1400000000.2\trgb\\room 2.png\n',
    '1400000000.1 1.png\n1400000000.2 room 2.png\n',
    '1400000000.1 /home/me/tum/rgb/1.png\n1400000000.2 C:\\tum\\rgb\\room 2.png\n',
    '1400000000.1 rgb/1.png 1400000000.11 depth/1.png\n1.4000000002e9 rgb/room 2.png\n'])
def test_rows_as_people_have_them(tmp_path, text):
    assert listed(tmp_path, text) == (WANT, [])


def test_other_units_and_lost_rows_are_said(tmp_path):
    images, notes = listed(tmp_path, '1400000000100000000 rgb/1.png\nx rgb/1.png\n'
                                     '1400000000200000000 rgb/room 2.png\n3.5\n')
    assert images == WANT
    assert '2 rows of' in notes[0] and 'taken as nanoseconds' in notes[1]


def test_names_that_cannot_be_are_those_of_missing_files(tmp_path):
    long = 'x' * 5000
    images, _ = read_image_list(*written(tmp_path, f'1400000000.1 {long}\n1400000000.2 a\0b\n'))
    with pytest.raises(DatasetError, match='none of the 2 images'):
        existing(images, tmp_path / 'rgb.txt')


def test_names_that_are_not_utf8_are_found(tmp_path):
    (tmp_path / 'rgb').mkdir()
    name = os.fsdecode(b'caf\xe9.png')
    (tmp_path / 'rgb' / name).touch()
    assert listed(tmp_path, b'1400000000.1 rgb/caf\xe9.png\n')[0] == [(WANT[0][0], name)]


@pytest.mark.parametrize('text', ['', '# only\n', 'rgb/1.png 1400000000.1\n'])
def test_a_list_without_images_is_refused(tmp_path, text):
    with pytest.raises(DatasetError, match='not rows of time and file'):
        listed(tmp_path, text)
