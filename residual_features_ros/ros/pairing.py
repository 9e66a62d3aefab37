# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Join left and right messages by their stamps: message_filters' job, ours where it is absent.

message_filters comes with every ROS distribution but not with the ROS wheels of PyPI.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

OnPair = Callable[[Any, Any], None]
OnMessage = Callable[[Any], None]


def pair_by_stamp(on_pair: OnPair, tolerance_s: float, queue: int,
                  log: Callable[[str], Any]) -> tuple[OnMessage, OnMessage]:
    """Return two functions that take the left and the right messages as they come.

    Args:
        on_pair: gets (left, right), each message once.
        tolerance_s: largest difference of the stamps, 0 = equal stamps.
        queue: messages of each side that wait for their partner.
        log: told who pairs.
    """
    try:
        import message_filters
    except ImportError:
        log('message_filters is not installed here: stereo images are paired by our own code')
        pairs = StampPairs(on_pair, tolerance_s, queue)
        return (lambda message: pairs.add(0, message)), (lambda message: pairs.add(1, message))
    sides = [message_filters.SimpleFilter(), message_filters.SimpleFilter()]
    if tolerance_s:
        pairs = message_filters.ApproximateTimeSynchronizer(sides, queue, tolerance_s)
    else:
        pairs = message_filters.TimeSynchronizer(sides, queue)
    pairs.registerCallback(on_pair)
    return sides[0].signalMessage, sides[1].signalMessage


class StampPairs:
    """Pairs each message with the nearest one of the other side within a tolerance."""

    def __init__(self, on_pair: OnPair, tolerance_s: float, queue: int) -> None:
        """Wait for messages; see pair_by_stamp."""
        self._on_pair = on_pair
        self._tolerance_ns = round(tolerance_s * 1e9)
        self._queue = queue
        self._waiting: tuple[dict[int, Any], dict[int, Any]] = ({}, {})

    def add(self, side: int, message: Any) -> None:
        """Take a message of the left (0) or right (1) side and pair it if its partner waits."""
        stamp_ns = message.header.stamp.sec * 10**9 + message.header.stamp.nanosec
        own, others = self._waiting[side], self._waiting[1 - side]
        nearest = min(others, key=lambda other: abs(other - stamp_ns), default=None)
        if nearest is None or abs(nearest - stamp_ns) > self._tolerance_ns:
            own[stamp_ns] = message
            while len(own) > self._queue:
                del own[min(own)]
            return
        partner = others[nearest]
        for waiting in self._waiting:  # what is older will find no partner any more
            for old in [key for key in waiting if key <= max(nearest, stamp_ns)]:
                del waiting[old]
        self._on_pair(*((message, partner) if side == 0 else (partner, message)))
