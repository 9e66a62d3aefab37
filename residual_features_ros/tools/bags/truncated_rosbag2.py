# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A rosbag2 with a truncated file, up to there: rosbags alone refuses it whole."""
from __future__ import annotations

import sqlite3
import struct
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from rosbags.interfaces import (
    Connection,
    ConnectionExtRosbag2,
    MessageDefinition,
    MessageDefinitionFormat,
)
from rosbags.rosbag2 import ReaderError
from rosbags.rosbag2.storage_mcap import McapReader
from rosbags.rosbag2.storage_sqlite3 import Sqlite3Reader

from residual_features_ros.errors import TruncatedError

MCAP_MAGIC = b'\x89MCAP0\r\n'
RECORD = struct.Struct('<BQ')  # operation, how many bytes follow
SQLITE_PAGE = slice(16, 18)  # of the file, big endian: bytes of a page, 1 for 65536
Message = tuple[Connection, int, bytes]  # bag time in ns


class TruncatedRosbag2:
    """What evaluations use of rosbags' AnyReader, for files of which some may be truncated."""

    def __init__(self, files: Sequence[Path], store: Any) -> None:
        """Open the files of a bag; ReaderError where one has nothing that can be read."""
        self._store = store
        self._parts = [_open(path) for path in files]
        self._truncated = [path.name for path, part in zip(files, self._parts, strict=True)
                           if isinstance(part, (TruncatedSqlite, TruncatedMcap))]
        self.connections = [c for part in self._parts for c in part.connections]
        if not self.connections:
            raise ReaderError(
                f'{", ".join(self._truncated)} cut off before the first whole message')

    def messages(self, connections: Collection[Connection]) -> Iterator[Message]:
        """Yield the messages of some connections; TruncatedError after the last one."""
        for part in self._parts:
            own = [c for c in connections if c.owner is part]
            if own:
                yield from part.messages(own)
        if self._truncated:
            raise TruncatedError(f'{", ".join(self._truncated)} cut off')

    def deserialize(self, raw: bytes, kind: str) -> Any:
        """Return the message of some bytes."""
        return self._store.deserialize_cdr(raw, kind)

    def close(self) -> None:
        """Close the files."""
        for part in self._parts:
            part.close()


def _open(path: Path) -> Any:
    reader, truncated = (McapReader, TruncatedMcap) if path.suffix == '.mcap' else (
        Sqlite3Reader, TruncatedSqlite)
    try:
        whole = reader(path)
        whole.open()
        return whole
    except ReaderError:
        return truncated(path)


class TruncatedMcap:
    """An MCAP file without an index: its records up to the last whole one."""

    def __init__(self, path: Path) -> None:
        """Find the last whole record; ReaderError where there is no first one."""
        self._reader = McapReader(path)
        self._reader.bio = path.open('rb')
        self._reader.data_start, self._reader.data_end = _records(path)
        self._reader.meta_scan()
        statistics = self._reader.statistics
        counts = statistics.channel_message_counts if statistics else {}
        self.connections = [c._replace(msgcount=counts.get(c.id, 0), owner=self)
                            for c in self._reader.connections]

    def messages(self, connections: Collection[Connection]) -> Iterator[Message]:
        """Yield the messages of some connections in the order of the file."""
        return self._reader.messages_scan(connections)

    def close(self) -> None:
        """Close the file."""
        self._reader.close()


def _records(path: Path) -> tuple[int, int]:
    """Return where the records after the header of an MCAP file begin and end, whole ones."""
    size, first, last = path.stat().st_size, 0, 0
    with path.open('rb') as file:
        known = file.read(len(MCAP_MAGIC)) == MCAP_MAGIC
        while known and len(head := file.read(RECORD.size)) == RECORD.size:
            end = file.tell() + RECORD.unpack(head)[1]
            if end > size:
                break
            first, last = first or end, file.seek(end)
    if not first:
        raise ReaderError(f'{path}: not one whole record')
    return first, last


class TruncatedSqlite:
    """An SQLite file that is shorter than it says: the rows before the first that lacks a page."""

    def __init__(self, path: Path) -> None:
        """Read the topics; ReaderError where they cannot be read."""
        self._database = sqlite3.connect(f'{path.absolute().as_uri()}?immutable=1', uri=True)
        with path.open('rb') as file:
            page = int.from_bytes(file.read(100)[SQLITE_PAGE], 'big')
        self._torn = bool(path.stat().st_size % (65536 if page == 1 else page or 1))
        try:
            # Else SQLite refuses to look at a file that is shorter than it says.
            self._database.execute('PRAGMA writable_schema = ON')
            topics = self._database.execute('SELECT id, name, type FROM topics').fetchall()
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise ReaderError(f'{path}: {error}') from error
        unknown = MessageDefinition(MessageDefinitionFormat.NONE, '')
        self.connections = [Connection(
            number, name, kind, unknown, '', 0, ConnectionExtRosbag2('cdr', []), self)
            for number, name, kind in topics]

    def messages(self, connections: Collection[Connection]) -> Iterator[Message]:
        """Yield the messages of some connections in the order in which they were recorded.

        SQLite reads the missing half of a page as zeros: the last row, which has it, is left out.
        """
        known = {c.id: c for c in connections}
        rows = self._database.execute('SELECT topic_id, timestamp, data FROM messages NOT INDEXED')
        held: tuple[int, int, bytes] | None = None
        while True:
            try:
                row = next(rows, None)
            except sqlite3.DatabaseError:
                row = None
            if held and held[0] in known and (row or not self._torn):
                yield known[held[0]], held[1], held[2]
            if row is None:
                return
            held = row

    def close(self) -> None:
        """Close the file."""
        self._database.close()
