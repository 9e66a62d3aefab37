# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A .db3 file of a rosbag2: all of it, what its -wal file has too, or the rows before its end."""
from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import apsw
from rosbags.rosbag2 import ReaderError

from residual_features_ros.tools.bags import wal
from residual_features_ros.tools.bags.connection import Connection, Raw, ros2_name

MAGIC = b'SQLite format 3\0'
PAGE = slice(16, 18)  # of the file, big endian: bytes of a page, 1 for 65536
DAMAGE = (sqlite3.Error, apsw.Error, OverflowError)
COLUMNS = ('name', 'type', 'serialization_format', 'type_description_hash')


class SqliteFile:
    """A Part: a database of messages, topics and, since Iron, message_definitions."""

    def __init__(self, path: Path, number: int = 0) -> None:
        """Read the topics; ReaderError where they cannot be read.

        Args:
            path: of the file.
            number: of the file in the bag.
        """
        self._name, self._number = path.name, number
        self.notes: list[str] = []
        self.damage: list[str] = []
        self.cut_off = self.stopped = False
        self._database = self._open(path)
        try:
            try:
                self.connections = self._read_connections()
            except DAMAGE:
                # Else SQLite refuses to look at a file that is shorter than it says.
                self._database.execute('PRAGMA writable_schema = ON')
                self.connections = self._read_connections()
                self.cut_off = True
        except DAMAGE as error:
            self.close()
            raise ReaderError(f'{path.name}: {error}') from error
        with path.open('rb') as file:
            page = int.from_bytes(file.read(100)[PAGE], 'big')
        self._torn = bool(path.stat().st_size % (65536 if page == 1 else page or 1))

    def _open(self, path: Path) -> Any:
        beside = wal.wal_of(path)
        if beside:
            try:
                database = wal.connect(path, beside)
                self.notes.append(f'{beside.name}, which a recorder left that was killed, is read '
                                  'too')
                return database
            except (ValueError, OSError, apsw.Error) as error:
                self.notes.append(f'{beside.name} has messages that are not read ({error})')
        journal = path.with_name(f'{path.name}-journal')
        if journal.is_file() and journal.stat().st_size:
            self.notes.append(f'{journal.name} is there: the recorder was killed while it wrote, '
                              'and the last rows may be damaged')
        return sqlite3.connect(f'{path.absolute().as_uri()}?immutable=1', uri=True)

    def _read_connections(self) -> list[Connection]:
        known = self._columns('topics')
        columns = [name if name in known else "''" for name in COLUMNS]
        rows = self._database.execute(f'SELECT id, {", ".join(columns)} FROM topics').fetchall()
        definitions, counts = self._definitions(), self._counts()
        found = []
        for number, *words in rows:
            topic, msgtype, encoding, digest = (str(word or '') for word in words)
            schema, text = definitions.get(msgtype, ('', ''))
            found.append(Connection(topic, ros2_name(msgtype), encoding or 'cdr', schema, text,
                                    digest, counts.get(number, 0), number, self._number))
        return found

    def _columns(self, name: str) -> list[str]:
        return [row[1] for row in self._database.execute(f'PRAGMA table_info({name})')]

    def _definitions(self) -> dict[str, tuple[str, str]]:
        """Return (how it is written, definition) by type; none in bags before Iron."""
        try:
            rows = self._database.execute('SELECT topic_type, encoding, '
                                          'encoded_message_definition FROM message_definitions')
            return {str(kind): (str(schema), str(text)) for kind, schema, text in rows}
        except DAMAGE:
            return {}

    def _counts(self) -> dict[int, int]:
        """Return the messages by topic, none where not all rows can be read."""
        try:
            return dict(self._database.execute(
                'SELECT topic_id, count(*) FROM messages GROUP BY topic_id'))
        except DAMAGE:
            return {}

    def messages(self, numbers: Collection[int]) -> Iterator[Raw]:
        """Yield the messages of some topics, those before the end where it is missing."""
        if self.cut_off:
            yield from self._rows_before_the_end(numbers)
            return
        marks = ', '.join('?' * len(numbers))
        try:
            yield from self._database.execute(
                f'SELECT topic_id, timestamp, data FROM messages WHERE topic_id IN ({marks}) '
                'ORDER BY timestamp', tuple(numbers))
        except DAMAGE as error:
            self.damage, self.stopped = [f'{self._name}: {error}'], True

    def _rows_before_the_end(self, numbers: Collection[int]) -> Iterator[Raw]:
        """Yield the rows in the order in which they were recorded.

        SQLite reads the missing half of a page as zeros: the last row, which has it, is left out.
        """
        rows = self._database.execute('SELECT topic_id, timestamp, data FROM messages NOT INDEXED')
        held: Raw | None = None
        while True:
            try:
                row = next(rows, None)
            except DAMAGE:
                row = None
            if held and held[0] in numbers and (row or not self._torn):
                yield held
            if row is None:
                return
            held = row

    def close(self) -> None:
        """Close the file."""
        self._database.close()
