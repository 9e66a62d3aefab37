# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The messages of a topic, as far as the bag can be read."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from residual_features_ros.errors import TruncatedError
from residual_features_ros.tools.bags.rosbag import ImageBag


def messages_of(bag: ImageBag, topic: str) -> Iterator[tuple[int, Any]]:
    """Yield (bag time in ns, message, or None where its bytes cannot be read).

    Raises:
        TruncatedError: the bag cannot be read any further; says what the reader said.
    """
    with bag.open() as reader:
        connections = [c for c in reader.connections if c.topic == topic]
        if not connections:  # the reader takes none for all
            return
        messages = reader.messages(connections=connections)
        while True:
            try:
                item = next(messages, None)
            except TruncatedError:
                raise
            except Exception as error:  # of sqlite3, lz4, zstandard, struct, the reader ...
                raise TruncatedError(f'{type(error).__name__}: {error}') from error
            if item is None:
                return
            connection, time_ns, raw = item
            try:
                message: Any = reader.deserialize(raw, connection.msgtype)
            except Exception:  # whatever truncated bytes make the decoder stumble over
                message = None
            yield time_ns, message
