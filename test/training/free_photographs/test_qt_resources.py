# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
from support.qt_resource import write_resource

from residual_features_ros.errors import DatasetError
from training.free_photographs.qt_resources import read_resource

FILES = {'a/b/c.txt': b'as it is', 'a/d.txt': b'packed ' * 50, 'e.txt': b''}


@pytest.mark.parametrize('version', [1, 2, 3])
def test_files_are_found_by_their_path_packed_or_not(tmp_path, version):
    path = write_resource(tmp_path / 'a.rcc', FILES, packed=('a/d.txt',), version=version)
    assert {name: read_resource(path, name) for name in FILES} == FILES


def test_a_file_that_is_not_in_it_is_named(tmp_path):
    path = write_resource(tmp_path / 'a.rcc', FILES)
    for name in ('c.txt', 'a/b', 'a'):
        with pytest.raises(DatasetError, match=f'no {name} in it'):
            read_resource(path, name)


def test_zstd_is_refused(tmp_path):
    path = write_resource(tmp_path / 'a.rcc', FILES, flags=4)
    with pytest.raises(DatasetError, match=r'c\.txt is compressed with zstd'):
        read_resource(path, 'a/b/c.txt')


@pytest.mark.parametrize('keep', [0, 4, 12, 40])
def test_something_else_or_the_beginning_alone(tmp_path, keep):
    path = write_resource(tmp_path / 'a.rcc', FILES)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DatasetError, match='not a Qt resource file'):
        read_resource(path, 'a/d.txt')
    path.write_bytes(b'PK' + bytes(100))
    with pytest.raises(DatasetError, match="begins with b'PK"):
        read_resource(path, 'a/d.txt')
