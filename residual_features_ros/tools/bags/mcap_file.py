# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An .mcap file of any profile: by its index, or record by record up to the last whole one.

rosbags reads those of profile ros2 alone, and none that has one schema of another kind.
"""
from __future__ import annotations

import heapq
import struct
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from rosbags.rosbag2 import ReaderError
from rosbags.rosbag2.storage_mcap import decompress

from residual_features_ros.tools.bags.connection import Connection, Raw, ros2_name

MAGIC = b'\x89MCAP0\r\n'
FOOTER, SCHEMA, CHANNEL, MESSAGE, CHUNK, CHUNK_INDEX, STATISTICS, DATA_END = (
    2, 3, 4, 5, 6, 8, 11, 15)
RECORD = struct.Struct('<BQ')  # operation, how many bytes follow
MESSAGE_HEAD = struct.Struct('<HIQQ')  # channel, sequence, log and publish time
ENCODINGS = {'ros2msg': 'cdr', 'ros2idl': 'cdr', 'ros1msg': 'ros1'}  # of channels that say none


class McapFile:
    """A Part: channels and chunks of messages."""

    def __init__(self, path: Path, number: int = 0) -> None:
        """Read the index, or the whole file; ReaderError where there is not one whole record.

        Args:
            path: of the file.
            number: of the file in the bag.
        """
        self._name, self._size = path.name, path.stat().st_size
        self._file = path.open('rb')
        self.notes: list[str] = []
        self.damage: list[str] = []
        self.stopped = False
        self._content = _Content(number)
        self._chunks: list[_Chunk] | None = None  # None where there is no index
        try:
            if self._file.read(len(MAGIC)) != MAGIC:
                raise ReaderError(f'{path.name}: not an MCAP file')
            self.cut_off = not self._read_index()
            if self._chunks is None:
                self._scan()
        except BaseException:
            self.close()
            raise
        self.connections = self._content.connections()
        if self.cut_off and not self.connections:
            self.close()
            raise ReaderError(f'{path.name}: cut off before its first topic')

    def _read_index(self) -> bool:
        """Read the summary at the end; return whether the end is there."""
        tail = RECORD.size + 20 + len(MAGIC)  # the footer, and the magic bytes once more
        if self._size < tail + len(MAGIC):
            return False
        self._file.seek(-tail, 2)
        footer = self._file.read()
        if not footer.endswith(MAGIC) or footer[0] != FOOTER:
            return False
        start, = struct.unpack_from('<Q', footer, RECORD.size)
        content, chunks = _Content(self._content.number), []
        try:
            for operation, at, length in _records(self._file, start, self._size) if start else ():
                if operation == CHUNK_INDEX:
                    chunks.append(_Chunk.read(_body(self._file, at, length)))
                elif operation in (SCHEMA, CHANNEL, STATISTICS):
                    content.take(operation, _body(self._file, at, length))
        except (struct.error, ValueError):
            return True  # the index is damaged: the file is scanned
        if chunks and content.channels and content.counts:
            self._content, self._chunks = content, sorted(chunks, key=lambda chunk: chunk.first_ns)
        return True

    def _scan(self) -> None:
        """Find channels and count messages, record by record."""
        whole = 0
        for operation, body in self._walk():
            whole += 1
            try:
                self._content.take(operation, body)
            except struct.error:
                self.notes.append(f'{self._name}: a topic or type cannot be read')
        if not whole:
            raise ReaderError(f'{self._name}: not one whole record')

    def _walk(self) -> Iterator[tuple[int, bytes]]:
        """Yield (operation, body) of every whole record, those inside chunks among them."""
        self.damage = []
        for operation, at, length in _records(self._file, len(MAGIC), self._size):
            if operation in (DATA_END, FOOTER):
                return
            body = _body(self._file, at, length)
            yield operation, body
            if operation == CHUNK:
                yield from self._inside(body)

    def _inside(self, body: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield the records of a chunk; one that is damaged is noted and passed over."""
        try:
            content = _unpacked(body)
        except Exception as error:  # lz4, zstandard and rosbags have errors of their own
            words = ' '.join(str(error).split()) or type(error).__name__
            self.damage.append(f'{self._name}: a chunk cannot be read ({words})')
            return
        file = BytesIO(content)
        for operation, at, length in _records(file, 0, len(content)):
            yield operation, _body(file, at, length)

    def messages(self, numbers: Collection[int]) -> Iterator[Raw]:
        """Yield the messages of some channels: by time, without an index as the file has them."""
        if self._chunks is None:
            yield from _messages(self._walk(), numbers)
            return
        self.damage = []
        waiting: list[tuple[int, int, Raw]] = []
        count = 0
        for chunk in self._chunks:
            if chunk.channels and not chunk.channels & set(numbers):
                continue
            while waiting and waiting[0][0] < chunk.first_ns:
                yield heapq.heappop(waiting)[2]
            for message in _messages(self._inside(self._body_of(chunk)), numbers):
                heapq.heappush(waiting, (message[1], count, message))
                count += 1
        while waiting:
            yield heapq.heappop(waiting)[2]

    def _body_of(self, chunk: _Chunk) -> bytes:
        """Return the body of a chunk, nothing where the index is wrong: that is then noted."""
        for operation, at, length in _records(self._file, chunk.at, self._size):
            return _body(self._file, at, length) if operation == CHUNK else b''
        return b''

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@dataclass(frozen=True)
class _Chunk:
    """A line of the index; channels: that have messages in it, none where it does not say."""

    first_ns: int
    at: int
    channels: frozenset[int]

    @classmethod
    def read(cls, body: bytes) -> _Chunk:
        first_ns, _, at, _, size = struct.unpack_from('<QQQQI', body)
        return cls(first_ns, at, frozenset(
            channel for channel, _ in struct.iter_unpack('<HQ', body[36:36 + size])))


class _Content:
    """What records say of the channels of a file, number its own in the bag."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.schemas: dict[int, tuple[str, str, str]] = {}  # name, how it is written, definition
        self.channels: dict[int, tuple[int, str, str]] = {}  # schema, topic, encoding
        self.counts: Counter[int] = Counter()

    def take(self, operation: int, body: bytes) -> None:
        """Learn from a record; struct.error where it is too short."""
        if operation == SCHEMA:
            number, = struct.unpack_from('<H', body)
            name, at = _word(body, 2)
            schema, at = _word(body, at)
            self.schemas[number] = name, schema, _word(body, at)[0]
        elif operation == CHANNEL:
            number, schema_number = struct.unpack_from('<HH', body)
            topic, at = _word(body, 4)
            self.channels[number] = schema_number, topic, _word(body, at)[0]
        elif operation == MESSAGE:
            self.counts[struct.unpack_from('<H', body)[0]] += 1
        elif operation == STATISTICS:
            self.counts.update(dict(struct.iter_unpack('<HQ', body[46:])))

    def connections(self) -> list[Connection]:
        """Return the channels; a schema may stand behind its channel."""
        found = []
        for number, (schema_number, topic, encoding) in self.channels.items():
            name, schema, text = self.schemas.get(schema_number, ('no type', '', ''))
            encoding = encoding or ENCODINGS.get(schema, 'an unnamed encoding')
            found.append(Connection(topic, ros2_name(name), encoding, schema, text, '',
                                    self.counts[number], number, self.number))
        return found


def _records(file: BinaryIO, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (operation, where its body is, bytes of it) of each whole record before `end`."""
    while at + RECORD.size <= end:
        file.seek(at)
        operation, length = RECORD.unpack(file.read(RECORD.size))
        at += RECORD.size
        if at + length > end:
            return
        yield operation, at, length
        at += length


def _body(file: BinaryIO, at: int, length: int) -> bytes:
    file.seek(at)
    return file.read(length)


def _word(body: bytes, at: int) -> tuple[str, int]:
    """Return a text and where it ends; a binary one, as of protobuf, with replacements."""
    length, = struct.unpack_from('<I', body, at)
    end = at + 4 + length
    return body[at + 4:end].decode(errors='replace'), end


def _unpacked(body: bytes) -> bytes:
    """Return the records of a chunk; ReaderError and many more."""
    _, _, size, checksum = struct.unpack_from('<QQQI', body)
    compression, at = _word(body, 28)
    return decompress(body[at + 8:], compression, size, checksum)


def _messages(records: Iterator[tuple[int, bytes]], numbers: Collection[int]) -> Iterator[Raw]:
    for operation, body in records:
        if operation == MESSAGE and len(body) >= MESSAGE_HEAD.size:
            channel, _, time_ns, _ = MESSAGE_HEAD.unpack_from(body)
            if channel in numbers:
                yield channel, time_ns, body[MESSAGE_HEAD.size:]
