# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.datasets.text_files import (
    has_decimal_commas,
    number_words,
    read_rows,
    read_table,
    read_text,
)
from residual_features_ros.errors import DatasetError


@pytest.mark.parametrize(('line', 'words'), [
    ('1 2  3', ['1', '2', '3']), ('\t1\t2 3 \t', ['1', '2', '3']),
    ('1,2, 3', ['1', '2', '3']), ('1 , 2 ,3,', ['1', '2', '3']), ('1;2; 3;', ['1', '2', '3']),
    ('1.5,2,3', ['1.5', '2', '3']), ('1,,3', ['1', '', '3']),
    ('0,5;1,25;2', ['0.5', '1.25', '2']), ('0,5 1,25 2', ['0.5', '1.25', '2']),
    ('0,5\t1,25\t-2', ['0.5', '1.25', '-2']), ('1,5e-3;2;', ['1.5e-3', '2']),
    ('1,0 00,2', ['1', '0', '00', '2']), ('1,2.5 3', ['1', '2.5', '3'])])
def test_words_are_parted_by_whatever_parts_them(line, words):
    assert number_words(line, has_decimal_commas([line])) == words


def test_all_rows_decide_whether_commas_are_decimal():
    assert has_decimal_commas(['0,5 1', '0,5 2', '0,5 '])
    assert not has_decimal_commas(['0,5 1', '0,05,2', '0,5 1'])
    assert not has_decimal_commas(['1 2', '3 4'])


@pytest.mark.parametrize('coding', ['utf-8', 'utf-8-sig', 'utf-16', 'utf-32'])
@pytest.mark.parametrize('end', ['\n', '\r\n', '\r'])
def test_text_of_any_byte_order_mark_and_line_end(tmp_path, coding, end):
    (tmp_path / 'a.txt').write_bytes(f'# é{end}1 2{end}'.encode(coding))
    assert read_text(tmp_path / 'a.txt').splitlines() == ['# é', '1 2']


def test_what_is_not_unicode_is_kept_as_in_names_of_files(tmp_path):
    (tmp_path / 'a.txt').write_bytes(b'# caf\xe9\n1 2\n')
    assert read_text(tmp_path / 'a.txt').encode('utf-8', 'surrogateescape') == \
        (tmp_path / 'a.txt').read_bytes()
    assert read_table(tmp_path / 'a.txt').rows == [['1', '2']]


def test_rows_of_other_lengths_are_left_out_and_counted(tmp_path):
    (tmp_path / 'a.txt').write_text('% c\ntime x\n1 2 3\n1 2\n\n# c\n3 4\n5 nan\n7 8\n9 x\n')
    table = read_table(tmp_path / 'a.txt')
    assert table.rows == [['1', '2'], ['3', '4'], ['7', '8']]
    assert table.places == [1, 2, 4] and table.count == 6 and table.left_out == 3
    assert table.header == ['% c', 'time x'] and not table.csv


@pytest.mark.parametrize('content', [b'', b'# c\n', b'time x y\n', bytes(range(256)) * 4])
def test_a_file_without_numbers_is_named(tmp_path, content):
    (tmp_path / 'a.txt').write_bytes(content)
    with pytest.raises(DatasetError, match=r'a\.txt: no row of numbers'):
        read_table(tmp_path / 'a.txt')
    with pytest.raises(DatasetError, match='no such file'):
        read_table(tmp_path)


@pytest.mark.parametrize('text', [
    'P0: 1 2\nP1: 3 4\n', 'P0:1 2\r\nP1:3 4\r\n', '\ufeff# c\n1,2\n3,4', '1;2\n3;4\n',
    '1e0\t2\n3 4'])
def test_matrices_with_labels_and_separators(tmp_path, text):
    (tmp_path / 'a.txt').write_bytes(text.encode())
    np.testing.assert_array_equal(read_rows(tmp_path / 'a.txt', (2,)), [[1, 2], [3, 4]])
