# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A database and its -wal file, of which nothing is changed."""
import shutil
import sqlite3

import pytest

pytest.importorskip('apsw', reason='the package rosbags, which brings it, is not installed')
from residual_features_ros.tools.bags.wal import committed_pages, connect, wal_of

PLACES = ('plain', '# ? % ä')


@pytest.fixture(params=PLACES)
def killed(request, tmp_path):
    """Return a database with rows 0 to 9, whose rows 10 to 2009 are in the -wal file."""
    made = tmp_path / 'made.db3'
    database = sqlite3.connect(made)
    database.execute('CREATE TABLE rows (number INTEGER, data BLOB)')
    insert = 'INSERT INTO rows VALUES (?, ?)'
    database.executemany(insert, [(i, bytes(500)) for i in range(10)])
    database.commit()
    database.execute('PRAGMA journal_mode = WAL')
    database.execute('PRAGMA wal_autocheckpoint = 0')
    for start in (10, 1010):
        database.executemany(insert, [(i, bytes(500)) for i in range(start, start + 1000)])
        database.commit()
    folder = tmp_path / request.param
    folder.mkdir()
    for path in (made, wal_of(made)):
        shutil.copy(path, folder / path.name)
    database.close()
    return folder / 'made.db3'


def state(path):
    return {file.name: file.read_bytes() for file in path.parent.iterdir()}


def count(path):
    database = connect(path, wal_of(path))
    rows = [number for number, in database.execute('SELECT number FROM rows ORDER BY number')]
    database.close()
    assert rows == list(range(len(rows)))
    return len(rows)


def test_all_rows_are_read_and_nothing_is_written(killed):
    before = state(killed)
    assert count(killed) == 2010
    assert state(killed) == before


@pytest.mark.parametrize('share', [0.2, 0.7, 0.99])
def test_of_a_file_that_is_cut_off_whole_transactions_count(killed, share):
    path = wal_of(killed)
    path.write_bytes(path.read_bytes()[:int(share * path.stat().st_size)])
    assert count(killed) == (1010 if share > 0.5 else 10)


def test_what_is_left_of_older_transactions_does_not_count(killed):
    path = wal_of(killed)
    content = bytearray(path.read_bytes())
    size, _, pages = committed_pages(path)
    frame = 32 + (len(content) - 32) * 2 // 3 // (24 + size) * (24 + size)
    content[frame + 8] ^= 1  # the salt
    path.write_bytes(content)
    assert pages and count(killed) == 1010


def test_an_empty_one_is_none(tmp_path):
    assert wal_of(tmp_path / 'a.db3') is None
    (tmp_path / 'a.db3-wal').touch()
    assert wal_of(tmp_path / 'a.db3') is None
    (tmp_path / 'a.db3-wal').write_bytes(bytes(100))
    with pytest.raises(ValueError, match='not a -wal file of SQLite'):
        connect(tmp_path / 'a.db3', wal_of(tmp_path / 'a.db3'))
