# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A truncated ROS 1 bag, which has no index, up to its last whole chunk."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from rosbags.highlevel import AnyReader
from rosbags.interfaces import Connection
from rosbags.rosbag1 import Reader, ReaderError
from rosbags.rosbag1.reader import Chunk, Header, IndexData, RecordType, read_bytes, read_uint32

from residual_features_ros.errors import TruncatedError
from residual_features_ros.tools.bags.truncated_rosbag2 import Message

MAGIC = b'#ROSBAG V2.0\n'
SUFFIX = '.bag'
DAMAGE = (ReaderError, OSError, RuntimeError, EOFError, ValueError)  # of reader, bz2, lz4, words


class TruncatedRosbag1:
    """What evaluations use of rosbags' AnyReader, for a ROS 1 bag without an index."""

    def __init__(self, path: Path) -> None:
        """Read the whole file; AnyReaderError where not one chunk is whole."""
        self._name = path.name
        self._reader = AnyReader([path])
        self._reader.readers = [_Unindexed(path)]
        self._reader.open()
        self.connections = self._reader.connections

    def messages(self, connections: Collection[Connection]) -> Iterator[Message]:
        """Yield the messages of some connections in the order of time, then TruncatedError."""
        yield from self._reader.messages(connections)
        raise TruncatedError(f'{self._name} cut off')

    def deserialize(self, raw: bytes, kind: str) -> Any:
        """Return the message of some bytes."""
        return self._reader.deserialize(raw, kind)

    def close(self) -> None:
        """Close the file."""
        self._reader.close()


class _Unindexed(Reader):
    """Makes the index by reading the chunks, as "rosbag reindex" does, and writes nothing."""

    def open(self) -> None:
        """Index the whole chunks before the first that is not; ReaderError for none."""
        self.bio, size = self.path.open('rb'), self.path.stat().st_size
        self.indexes = defaultdict(list)
        known = self.bio.readline() == MAGIC
        while known and (position := self.bio.tell()) < size:
            try:
                operation = Header.read(self.bio).get_uint8('op')
                end = read_uint32(self.bio) + self.bio.tell()
                if end > size:
                    break
                if operation == RecordType.CHUNK:
                    self.bio.seek(position)
                    self._index(position, self.read_chunk())
            except DAMAGE:
                break
            self.bio.seek(end)
        if not self.connections:
            self.close()
            raise ReaderError(f'{self.path}: not one whole chunk of a ROS 1 bag')
        self.connections = [c._replace(msgcount=len(self.indexes[c.id]))
                            for c in self.connections]

    def _index(self, position: int, chunk: Chunk) -> None:
        """Note the connections and messages of a chunk."""
        assert self.bio
        file = self.bio
        file.seek(chunk.datapos)
        content = chunk.decompressor(read_bytes(file, chunk.datasize))
        self.chunks[position] = chunk
        self.bio = BytesIO(content)
        try:
            while (offset := self.bio.tell()) < len(content):
                header = Header.read(self.bio)
                if header.get_uint8('op') == RecordType.CONNECTION:
                    self.bio.seek(offset)
                    connection = self.read_connection()
                    if connection.id not in {c.id for c in self.connections}:
                        self.connections.append(connection)
                    continue
                if header.get_uint8('op') == RecordType.MSGDATA:
                    self.indexes[header.get_uint32('conn')].append(
                        IndexData(header.get_time('time'), position, offset))
                self.bio.seek(read_uint32(self.bio), 1)
        finally:
            self.bio = file
