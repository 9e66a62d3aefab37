# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import os

import pytest

from residual_features_ros.datasets.image_files import (
    ENDINGS,
    find_images,
    list_images,
    read_image,
)
from residual_features_ros.datasets.image_folders import files_below
from residual_features_ros.errors import DatasetError


def images_in(tmp_path, *names):
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return [path.relative_to(tmp_path).as_posix() for path in files_below(tmp_path, ENDINGS)]


def test_images_are_in_natural_order(tmp_path):
    names = [f'frame_{i}.png' for i in range(1, 13)]
    assert images_in(tmp_path, *names) == names
    assert [path.name for path in find_images([str(tmp_path)])] == names
    assert [path.name for path in list_images(tmp_path)] == names


def test_what_is_no_photograph_is_left_out(tmp_path, caplog):
    caplog.set_level('INFO')
    (tmp_path / 'x.png').mkdir()
    os.mkfifo(tmp_path / 'pipe.png')
    assert images_in(tmp_path, '1.png', '._1.png', '__MACOSX/._1.png', '@eaDir/1.png/THUMB.jpg',
                     '.Trash/old.png', 'x.png/2.png') == ['1.png', 'x.png/2.png']
    assert not caplog.text
    assert images_in(tmp_path, '.hidden.png', '.cache/a/3.png') == ['1.png', 'x.png/2.png']
    assert '2 hidden images were left out' in caplog.text
    assert images_in(tmp_path / '.cache') == ['a/3.png']  # named, it is not hidden
    assert [path.name for path in list_images(tmp_path)] == ['1.png']


def test_links_are_followed_once_and_a_dangling_one_is_an_image_that_is_missing(tmp_path):
    (tmp_path / 'other').mkdir()
    (tmp_path / 'other' / '1.png').touch()
    (tmp_path / 'in').mkdir()
    (tmp_path / 'in' / 'left').symlink_to(tmp_path / 'other')
    (tmp_path / 'in' / 'back').symlink_to(tmp_path / 'in')
    (tmp_path / 'in' / 'gone.png').symlink_to(tmp_path / 'nowhere.png')
    assert images_in(tmp_path / 'in') == ['gone.png', 'left/1.png']
    with pytest.raises(DatasetError, match=r'gone\.png: No such file'):
        read_image(tmp_path / 'in' / 'gone.png')


def test_names_that_are_not_utf8_are_found(tmp_path):
    name = os.fsdecode(b'caf\xe9.png')
    (tmp_path / name).touch()
    assert find_images([str(tmp_path)]) == [tmp_path / name]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DatasetError, match='gone: No such file'):
        list_images(tmp_path / 'gone')
