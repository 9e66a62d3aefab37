# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The images of a bag that are played, as far as it can be read."""
from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from residual_features_ros.errors import ConversionError, TruncatedError
from residual_features_ros.tools.bags.messages import messages_of, told, unreadable
from residual_features_ros.tools.bags.rosbag import ImageBag, own_stamps


def played_images(bag: ImageBag, limit: int, notes: list[str]) -> Iterator[tuple[int, Any]]:
    """Yield (bag time in ns, message as ROS 2 has it) of the first `limit` readable images.

    Args:
        bag: to read from.
        limit: most images.
        notes: gets sentences, after the last image, on what the bag promised and has not.
    """
    reasons: list[str] = []
    readable = _readable(bag, reasons, notes)
    yield from itertools.islice(own_stamps(readable, bag.kind), limit)
    if reasons:
        notes.append(unreadable(len(reasons), bag.topic, ' '.join(reasons[0].split())))


def _readable(bag: ImageBag, reasons: list[str],
              notes: list[str]) -> Iterator[tuple[int, Any]]:
    """Yield (bag time in ns, message); why others cannot be read is added to `reasons`."""
    count = 0
    try:
        for time_ns, message in messages_of(bag, bag.topic, [bag.kind], notes):
            if isinstance(message, ConversionError):
                reasons.append(str(message))
            else:
                count += 1
                yield time_ns, message
    except TruncatedError as error:
        notes.append(told(error, 'the bag', f'{count} images', 'played'))
