# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Features and matches of one image joined by their stamp, free of ROS."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from residual_features_ros.ros.conversions import message_to_rows

KEPT = 30  # images whose features are remembered: about a second

Stamp = tuple[int, int]  # seconds, nanoseconds


@dataclass(frozen=True)
class Matched:
    """What a back-end takes of an image.

    stamp_ns, previous_ns: of the image and of the one it was matched to, None for neither.
    before, now: (M, 2) float32, matched pixels of the two.    ids: (M,) int32, tracks.
    """

    header: Any
    stamp_ns: int
    previous_ns: int | None
    before: np.ndarray
    now: np.ndarray
    ids: np.ndarray


@dataclass
class Join:
    """Waits until both messages of an image are there.

    incomplete: images of which one message never came.
    """

    incomplete: int = 0
    _features: dict[Stamp, np.ndarray] = field(default_factory=dict)
    _matches: dict[Stamp, tuple[Any, np.ndarray]] = field(default_factory=dict)
    _joined: set[Stamp] = field(default_factory=set)

    def add_features(self, message: Any) -> Matched | None:
        """Take a message of features; return its image if that is complete now."""
        stamp = stamp_of(message)
        self._features[stamp] = message_to_rows(message)
        return self._join(stamp)

    def add_matches(self, message: Any) -> Matched | None:
        """Take a message of matches; return its image if that is complete now."""
        stamp = stamp_of(message)
        self._matches[stamp] = (message.header, message_to_rows(message))
        return self._join(stamp)

    def _join(self, stamp: Stamp) -> Matched | None:
        if stamp not in self._features or stamp not in self._matches:
            self._forget()
            return None
        header, rows = self._matches.pop(stamp)
        self._joined.add(stamp)
        self._forget()
        here = self._features[stamp][rows['index']]
        now = np.stack([here['x'], here['y']], 1)
        if not len(rows):
            return Matched(header, to_ns(stamp), None, now, now, rows['id'])
        previous = (int(rows['prev_stamp_sec'][0]), int(rows['prev_stamp_nanosec'][0]))
        there = self._features.get(previous)  # lost or forgotten: the matches have the pixels too
        before = np.stack([rows['prev_x'], rows['prev_y']], 1) if there is None else \
            np.stack([there[name][rows['prev_index']] for name in 'xy'], 1)
        return Matched(header, to_ns(stamp), to_ns(previous), before, now, rows['id'])

    def _forget(self) -> None:
        while len(self._features) > KEPT:
            oldest = next(iter(self._features))
            del self._features[oldest]
            self.incomplete += oldest not in self._joined
            self._joined.discard(oldest)
        while len(self._matches) > KEPT:
            del self._matches[next(iter(self._matches))]
            self.incomplete += 1


def stamp_of(message: Any) -> Stamp:
    """Return the stamp of a message."""
    return int(message.header.stamp.sec), int(message.header.stamp.nanosec)


def to_ns(stamp: Stamp) -> int:
    """Return a stamp in nanoseconds."""
    return stamp[0] * 10**9 + stamp[1]
