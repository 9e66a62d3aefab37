# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A bag of any kind as one stream: its files one after the other, those that can be read."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from rosbags.rosbag2 import ReaderError

from residual_features_ros.errors import GapError, TruncatedError
from residual_features_ros.tools.bags.bag_paths import paths_of, storage_of
from residual_features_ros.tools.bags.connection import Connection, Part
from residual_features_ros.tools.bags.decoding import Decoder
from residual_features_ros.tools.bags.mcap_file import McapFile
from residual_features_ros.tools.bags.rosbag1_file import Rosbag1File
from residual_features_ros.tools.bags.sqlite_file import SqliteFile
from residual_features_ros.tools.bags.unpacked import Unpacked

STORAGES: dict[str, Callable[[Path, int], Part]] = {
    'sqlite3': SqliteFile, 'mcap': McapFile, 'rosbag1': Rosbag1File}
Message = tuple[Connection, int, bytes]  # bag time in ns


class BagReader:
    """The topics and messages of a bag.

    connections: topics, once for each file that has them.
    notes: sentences on how it is read, and what of it is not.
    whole: whether every file is there and has its end.
    """

    def __init__(self, path: Path, unpack: Unpacked | None = None) -> None:
        """Open the files of a bag.

        Args:
            path: folder or file.
            unpack: gives uncompressed copies of compressed files.

        Raises:
            ReaderError: not one of them can be read; says why.
            OSError: of the file system.
        """
        paths, unpack = paths_of(path), unpack or Unpacked()
        self._promised, self._decoder = paths.metadata.counts, Decoder()
        self.notes, self.whole = list(paths.notes), not paths.missing
        self._parts: list[tuple[int, str, Part]] = []  # number and name of the file
        unread = [f'{name} is missing' for name in paths.missing]
        for number, file in enumerate(paths.files):
            try:
                self._parts.append((number, file.name, _open(unpack(file), number)))
            except ReaderError as error:
                unread.append(str(error))
                self.notes.append(f'{error}: what the other files have is read')
        if not self._parts:
            raise ReaderError('; '.join(unread) or 'there is no .db3, .mcap or .bag file')
        self.whole &= len(self._parts) == len(paths.files) \
            and not any(part.cut_off for *_, part in self._parts)
        self.notes += [note for *_, part in self._parts for note in part.notes]
        self.connections = [c for *_, part in self._parts for c in part.connections]

    def promised(self, topic: str) -> int:
        """Return how many messages metadata.yaml, else the files' own index, says there are."""
        return self._promised.get(topic, 0) or self.counts()[topic]

    def counts(self) -> Counter[str]:
        """Return the messages by topic that the files themselves say there are."""
        counts: Counter[str] = Counter()
        for connection in self.connections:
            counts[connection.topic] += connection.msgcount
        return counts

    def messages(self, connections: Collection[Connection]) -> Iterator[Message]:
        """Yield the messages of some connections, file by file.

        Raises:
            TruncatedError: after the last one, where there should be more.
            GapError: after the last one, where there should be more before it.
        """
        damaged: list[tuple[Part, bool, str]] = []  # whether nothing behind could be read
        for number, name, part in self._parts:
            own = {c.number: c for c in connections if c.part == number}
            words = []
            try:
                for key, time_ns, raw in part.messages(own) if own else ():
                    yield own[key], time_ns, raw
            except Exception as error:  # of damaged bytes nearly anything
                words = [f'{name}: {" ".join(str(error).split()) or type(error).__name__}']
            stopped = bool(words) or part.stopped or part.cut_off
            words += [*part.damage, *([f'{name} cut off'] if part.cut_off else [])]
            damaged += [(part, stopped, word) for word in words]
        if damaged:
            first, stopped, _ = damaged[0]
            error_of = TruncatedError if stopped and first is self._parts[-1][2] else GapError
            raise error_of(', '.join(word for *_, word in damaged))

    def damage(self) -> list[str]:
        """Return sentences on what could not be read so far."""
        return [word for *_, part in self._parts for word in part.damage]

    def deserialize(self, connection: Connection, raw: bytes) -> Any:
        """Return the message of some bytes; ConversionError says what is wrong with them."""
        return self._decoder.decode(connection, raw)

    def close(self) -> None:
        """Close the files."""
        for *_, part in self._parts:
            part.close()


def _open(path: Path, number: int) -> Part:
    """Open a file; ReaderError says in one sentence why it cannot be."""
    if not path.stat().st_size:
        raise ReaderError(f'{path.name} is empty')
    storage = storage_of(path)
    if not storage:
        raise ReaderError(f'{path.name} is neither a rosbag2 (.db3, .mcap) nor a ROS 1 bag')
    try:
        return STORAGES[storage](path, number)
    except (ReaderError, OSError):
        raise
    except Exception as error:  # of damaged bytes nearly anything
        words = ' '.join(str(error).split()) or type(error).__name__
        raise ReaderError(f'{path.name}: {words}') from error
