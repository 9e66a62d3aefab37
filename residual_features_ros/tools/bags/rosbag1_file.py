# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A ROS 1 bag; one without an index, cut off or .bag.active, up to where it is whole."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from io import BytesIO
from pathlib import Path

from rosbags.rosbag1 import Reader, ReaderError
from rosbags.rosbag1.reader import Chunk, Header, IndexData, RecordType, read_bytes, read_uint32

from residual_features_ros.tools.bags.connection import Connection, Raw, ros2_name

MAGIC = b'#ROSBAG V2.0\n'
DAMAGE = (ReaderError, OSError, RuntimeError, EOFError, ValueError)  # of reader, bz2, lz4, words


class Rosbag1File:
    """A Part: a .bag file, with or without its index."""

    def __init__(self, path: Path, number: int = 0) -> None:
        """Read the index, or make it; ReaderError where not one chunk is whole.

        Args:
            path: of the file.
            number: of the file in the bag.
        """
        self.notes: list[str] = []
        self.damage: list[str] = []
        self.cut_off = self.stopped = False
        self._reader = Reader(path)
        try:
            self._reader.open()
        except Exception:  # of damaged bytes nearly anything
            self._reader, self.cut_off = _Unindexed(path), True
            self._reader.open()
        self._theirs = {c.id: c for c in self._reader.connections}
        self.connections = [Connection(
            c.topic, ros2_name(c.msgtype), 'ros1', 'ros1msg', c.msgdef.data, '', c.msgcount, c.id,
            number) for c in self._reader.connections]

    def messages(self, numbers: Collection[int]) -> Iterator[Raw]:
        """Yield the messages of some connections in the order of time."""
        chosen = [self._theirs[number] for number in numbers]
        for connection, time_ns, raw in self._reader.messages(chosen):
            yield connection.id, time_ns, raw

    def close(self) -> None:
        """Close the file."""
        self._reader.close()


class _Unindexed(Reader):
    """Makes the index by reading the chunks, as "rosbag reindex" does, and writes nothing."""

    def open(self) -> None:
        """Index the whole chunks, and of the last one the whole messages; ReaderError for none.

        A recorder writes the size of a chunk when it is full: until then it is 0.
        """
        self.bio, size = self.path.open('rb'), self.path.stat().st_size
        self.indexes = defaultdict(list)
        known = self.bio.readline() == MAGIC
        while known and (position := self.bio.tell()) < size:
            try:
                operation = Header.read(self.bio).get_uint8('op')
                length = read_uint32(self.bio)
                end = self.bio.tell() + length
                last = end > size or not length
                if operation == RecordType.CHUNK:
                    self.bio.seek(position)
                    chunk = self.read_chunk()
                    self._index(position, chunk._replace(datasize=size - chunk.datapos)
                                if last else chunk)
                if end > size:
                    break
            except DAMAGE:
                break
            self.bio.seek(end)
        if not any(self.indexes.values()):
            self.close()
            raise ReaderError('not one whole message of a ROS 1 bag')
        self.connections = [c._replace(msgcount=len(self.indexes[c.id]))
                            for c in self.connections]

    def _index(self, position: int, chunk: Chunk) -> None:
        """Note the connections and whole messages of a chunk."""
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
                length = read_uint32(self.bio)
                if self.bio.tell() + length > len(content):
                    return
                if header.get_uint8('op') == RecordType.MSGDATA:
                    self.indexes[header.get_uint32('conn')].append(
                        IndexData(header.get_time('time'), position, offset))
                self.bio.seek(length, 1)
        finally:
            self.bio = file
