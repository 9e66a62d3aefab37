# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The messages of a topic, as far as the bag can be read."""
from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from residual_features_ros.errors import ConversionError, GapError, TruncatedError
from residual_features_ros.tools.bags.rosbag import ImageBag


def messages_of(bag: ImageBag, topic: str, kinds: Collection[str],
                notes: list[str]) -> Iterator[tuple[int, Any]]:
    """Yield (bag time in ns, message, or ConversionError where its bytes cannot be read).

    Args:
        bag: to read from.
        topic: its name.
        kinds: types of the messages.
        notes: gets a sentence, after the last message, where the bag promised more or fewer.

    Raises:
        TruncatedError: the bag cannot be read any further; says why.
        GapError: it could not be read in the middle.
    """
    count = 0
    with bag.open() as reader:
        connections = [c for c in reader.connections
                       if c.topic == topic and c.msgtype in kinds and c.readable]
        promised = reader.promised(topic)
        try:
            for connection, time_ns, raw in reader.messages(connections):
                count += 1
                try:
                    yield time_ns, reader.deserialize(connection, raw)
                except ConversionError as error:
                    yield time_ns, error
        except TruncatedError:
            notes += _difference(topic, promised, count)
            raise
        notes += _difference(topic, promised, count)


def _difference(topic: str, promised: int, count: int) -> list[str]:
    if not promised or promised == count:
        return []
    return [f'{topic}: {promised} messages were expected by what the bag says of itself, {count} '
            'were read']


def unreadable(count: int, topic: str, reason: str) -> str:
    """Return a sentence on images that could not be read; `reason` is that of the first."""
    return f'{count} images of {topic} are not readable; the first: {reason}'


def told(error: TruncatedError, topic: str, count: str, used: str) -> str:
    """Return a sentence on what could not be read.

    Args:
        error: that reading ended with.
        topic: the name of what was read, or "the bag".
        count: what was read, with its name: "5 messages".
        used: what becomes of it.
    """
    if isinstance(error, GapError):
        return f'{topic} has gaps ({error}); {count} around them are {used}'
    return f'{topic} breaks off after {count} ({error}); what lies before is {used}'
