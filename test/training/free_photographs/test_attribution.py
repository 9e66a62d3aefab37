# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.data_sources import DataSource
from residual_features_ros.errors import DatasetError
from training.free_photographs.attribution import by_licence, read_manifest, table
from training.free_photographs.catalogue import Photograph, Source

SOURCES = (Source('b', 'PyPI', '2', (Photograph('1', 'CC0-1.0', 'Bob'),)),
           Source('a', 'Debian', '1', (Photograph('1', 'CC0-1.0', 'Cid'),
                                       Photograph('2', 'CC-BY-4.0', 'Ann'),
                                       Photograph('3', 'CC0-1.0', 'Bob'),
                                       Photograph('4', 'CC0-1.0', 'Cid'))))
GROUPS = (DataSource('Debian package a', '1', 'CC-BY-4.0', 'Ann', 1),
          DataSource('Debian package a', '1', 'CC0-1.0', 'Bob, Cid', 3),
          DataSource('PyPI package b', '2', 'CC0-1.0', 'Bob', 1))


def test_photographs_of_one_package_and_licence_are_one_source():
    assert by_licence(SOURCES) == GROUPS


def test_the_table_has_a_row_for_each_and_no_name_breaks_it():
    lines = table([*GROUPS, DataSource('c', '1', 'CC0-1.0', 'A|B', 1)]).splitlines()
    assert lines[0] == '| source | version | photographs | licence | attribution |'
    assert lines[3] == '| Debian package a | 1 | 3 | CC0-1.0 | Bob, Cid |'
    assert len(lines) == 6 and {line.count('|') for line in lines} == {6}


@pytest.mark.parametrize('text', ['', '{}x', '[{}]', '[1]'])
def test_a_file_that_is_no_manifest(tmp_path, text):
    (tmp_path / 'licences.json').write_text(text)
    with pytest.raises(DatasetError, match=r'expected the licences\.json'):
        read_manifest(tmp_path / 'licences.json')
