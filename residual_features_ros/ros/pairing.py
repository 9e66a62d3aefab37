# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Join left and right messages by their stamps.

The package message_filters does it too, but its queues forget the smallest stamp first. When time
runs backwards, as with a bag that is played in a loop, the newest message is the smallest: each
one is lost until the loop has caught up. It does not say what found no partner either.
"""
from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

REMEMBERED = 100  # stamps of each side, to say how far from each other they are


class StampPairs:
    """Pairs each message with the nearest one of the other side within a tolerance.

    Messages of a side come in the order in which they were taken, whatever their stamps are, so
    what came before a paired message will find no partner any more.
    """

    def __init__(self, on_pair: Callable[[Any, Any], None], tolerance_s: float, queue: int,
                 on_single: Callable[[float | None], None] = lambda gap_s: None) -> None:
        """Wait for messages.

        Args:
            on_pair: gets (left, right), each message once.
            tolerance_s: largest difference of the stamps, 0 = equal stamps.
            queue: messages of each side that wait for their partner.
            on_single: told of each message that found no partner, how far in seconds the nearest
                stamp of the other side was; None where there was none.
        """
        self._on_pair, self._on_single = on_pair, on_single
        self._tolerance_ns = round(tolerance_s * 1e9)
        self._queue = queue
        self._waiting: tuple[list[tuple[int, Any]], list[tuple[int, Any]]] = ([], [])
        self._stamps: tuple[deque[int], deque[int]] = (deque(maxlen=REMEMBERED),
                                                       deque(maxlen=REMEMBERED))

    def add(self, side: int, message: Any) -> None:
        """Take a message of the left (0) or right (1) side and pair it if its partner waits."""
        stamp_ns = message.header.stamp.sec * 10**9 + message.header.stamp.nanosec
        own, others = self._waiting[side], self._waiting[1 - side]
        self._stamps[side].append(stamp_ns)
        # Of equals the newest: where stamps stay, an older one has lost its partner.
        nearest = min(range(len(others) - 1, -1, -1),
                      key=lambda place: abs(others[place][0] - stamp_ns), default=None)
        if nearest is None or abs(others[nearest][0] - stamp_ns) > self._tolerance_ns:
            own.append((stamp_ns, message))
            self._drop(side, max(0, len(own) - self._queue))
            return
        partner = others[nearest][1]
        self._drop(side, len(own))
        self._drop(1 - side, nearest)
        del others[0]
        self._on_pair(*((message, partner) if side == 0 else (partner, message)))

    def _drop(self, side: int, count: int) -> None:
        """Forget the messages of a side that have waited longest."""
        for stamp_ns, _ in self._waiting[side][:count]:
            gaps_ns = [abs(other - stamp_ns) for other in self._stamps[1 - side]]
            self._on_single(min(gaps_ns) / 1e9 if gaps_ns else None)
        del self._waiting[side][:count]
