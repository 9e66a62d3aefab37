# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A topic as a file of a bag has it, whatever the storage."""
from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

READABLE = ('cdr', 'ros1')  # encodings of ROS 2 and of ROS 1


@dataclass(frozen=True)
class Connection:
    """A topic of one file.

    topic: its name.    msgtype: of its messages, as ROS 2 writes it: 'sensor_msgs/msg/Image'.
    encoding: 'cdr' or 'ros1'; any other, 'json' for example, is not read.
    schema: how `definition` is written: 'ros2msg', 'ros2idl', 'ros1msg', or '' for none.
    digest: type hash that the recorder noted, '' for none.
    msgcount: how many messages it has, 0 where the file does not say.
    number: in its file.    part: number of the file in the bag.
    """

    topic: str
    msgtype: str
    encoding: str = 'cdr'
    schema: str = ''
    definition: str = ''
    digest: str = ''
    msgcount: int = 0
    number: int = 0
    part: int = 0

    @property
    def readable(self) -> bool:
        """Return whether its messages are those of ROS."""
        return self.encoding in READABLE

    def __str__(self) -> str:
        """Return topic and type, and an encoding that is not read."""
        return f'{self.topic} ({self.msgtype}{"" if self.readable else f" in {self.encoding}"})'


Raw = tuple[int, int, bytes]  # number of the connection, bag time in ns, serialised message


class Part(Protocol):
    """One file of a bag.

    notes: sentences on how it is read.
    cut_off: whether its end is missing.
    damage: sentences on what could not be read, complete after the last message.
    stopped: whether nothing behind the damage could be read.
    """

    connections: list[Connection]
    notes: list[str]
    cut_off: bool
    damage: list[str]
    stopped: bool

    def messages(self, numbers: Collection[int]) -> Iterator[Raw]:
        """Yield the messages of some connections, those of a whole file in the order of time."""

    def close(self) -> None:
        """Close the file."""


def ros2_name(msgtype: str) -> str:
    """Return a type's name as ROS 2 writes it: ROS 1 has sensor_msgs/Image."""
    package, _, rest = msgtype.partition('/')
    return f'{package}/msg/{rest}' if rest and '/' not in rest else msgtype
