# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Features and matches of one image joined by stamp and content, free of ROS.

A stamp alone does not name an image: there are drivers that leave it zero, or send the same one
for several images, and a bag that is played in a loop sends each stamp again. Matches repeat the
pixels of their keypoints, which says to which features they belong.
"""
from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from residual_features_ros.errors import ConversionError
from residual_features_ros.ros.conversions import MATCH_FIELDS, message_to_rows

KEPT = 30  # images that are remembered: about a second

Stamp = tuple[int, int]  # seconds, nanoseconds


@dataclass(frozen=True)
class Matched:
    """What a back-end takes of an image.

    stamp_ns, previous_ns: of the image and of the one it was matched to, None for neither.
    before, now: (M, 2) float32, matched pixels of the two.    ids: (M,) int32, tracks.
    number, previous: order numbers of the two; previous is None where that image is not known.
    repeats_stamp: whether the image before has the same stamp.
    restart: why nothing that came before is of use any more; empty where it is.
    """

    header: Any
    stamp_ns: int
    previous_ns: int | None
    before: np.ndarray
    now: np.ndarray
    ids: np.ndarray
    number: int = 0
    previous: int | None = None
    repeats_stamp: bool = False
    restart: str = ''


@dataclass(frozen=True)
class _Image:
    number: int
    stamp: Stamp
    frame_id: str
    pixels: np.ndarray  # (N, 2) of its features


@dataclass
class Join:
    """Waits until both messages of an image are there.

    incomplete: images of which one message never came, or came with other content.
    """

    incomplete: int = 0
    _features: deque[tuple[Stamp, np.ndarray]] = field(default_factory=deque)
    _matches: deque[tuple[Stamp, Any, np.ndarray]] = field(default_factory=deque)
    _joined: deque[_Image] = field(default_factory=lambda: deque(maxlen=KEPT))
    _reference: _Image | None = None  # a keyframe may be older than what is kept
    _count: int = 0

    def add_features(self, message: Any) -> Matched | None:
        """Take a message of features; return its image if that is complete now.

        Raises:
            ConversionError: not a message of features.
        """
        rows = message_to_rows(message)
        _require(rows, ('x', 'y'))
        stamp, pixels = stamp_of(message), _pixels(rows, 'x', 'y')
        for waiting in self._matches:
            if waiting[0] == stamp and _agree(pixels, waiting[2]['index'],
                                              _pixels(waiting[2], 'x', 'y')):
                self._drop_until(self._matches, waiting)
                return self._join(stamp, pixels, *waiting[1:])
        self._wait(self._features, (stamp, pixels))
        return None

    def add_matches(self, message: Any) -> Matched | None:
        """Take a message of matches; return its image if that is complete now.

        Raises:
            ConversionError: not a message of matches, or its pixels are not finite.
        """
        rows = message_to_rows(message)
        _require(rows, MATCH_FIELDS)
        now = _pixels(rows, 'x', 'y')
        if not (np.isfinite(now).all() and np.isfinite(_pixels(rows, 'prev_x', 'prev_y')).all()):
            raise ConversionError('matches with pixels that are not finite')
        stamp = stamp_of(message)
        for waiting in self._features:
            if waiting[0] == stamp and _agree(waiting[1], rows['index'], now):
                self._drop_until(self._features, waiting)
                return self._join(stamp, waiting[1], message.header, rows)
        self._wait(self._matches, (stamp, message.header, rows))
        return None

    def _join(self, stamp: Stamp, pixels: np.ndarray, header: Any, rows: np.ndarray) -> Matched:
        last = self._joined[-1] if self._joined else None
        restart = _restart(last, stamp, header.frame_id)
        if restart:
            self._joined.clear()
            self._reference = None
        image = _Image(self._count, stamp, header.frame_id, pixels)
        self._count += 1
        found = self._find_reference(rows)
        self._reference = found or self._reference
        self._joined.append(image)
        return Matched(header, to_ns(stamp), to_ns(_previous_stamp(rows)) if len(rows) else None,
                       _pixels(rows, 'prev_x', 'prev_y'), _pixels(rows, 'x', 'y'), rows['id'],
                       image.number, found.number if found else None,
                       last is not None and last.stamp == stamp, restart)

    def _find_reference(self, rows: np.ndarray) -> _Image | None:
        """Return the newest image that has the stamp and the pixels that matches name."""
        if not len(rows):
            return None
        stamp, before = _previous_stamp(rows), _pixels(rows, 'prev_x', 'prev_y')
        known = [*([self._reference] if self._reference else []), *self._joined]
        return next((image for image in reversed(known) if image.stamp == stamp
                     and _agree(image.pixels, rows['prev_index'], before)), None)

    def _wait(self, queue: deque[Any], item: tuple[Any, ...]) -> None:
        queue.append(item)
        if len(queue) > KEPT:
            queue.popleft()
            self.incomplete += 1

    def _drop_until(self, queue: deque[Any], item: tuple[Any, ...]) -> None:
        """Take an item off; those before it lost their partner, as messages keep their order."""
        while queue.popleft() is not item:
            self.incomplete += 1


def _restart(last: _Image | None, stamp: Stamp, frame_id: str) -> str:
    if last is None:
        return ''
    if stamp < last.stamp:
        return f'the stamp went back from {seconds(last.stamp)} s to {seconds(stamp)} s'
    if frame_id != last.frame_id:
        return f'frame_id changed from {last.frame_id!r} to {frame_id!r}'
    return ''


def _agree(pixels: np.ndarray, indices: np.ndarray, at: np.ndarray) -> bool:
    """Return whether features with `pixels` (N, 2) have pixels `at` (M, 2) at `indices` (M,)."""
    inside = (indices >= 0) & (indices < len(pixels))
    return bool(inside.all()) and np.array_equal(pixels[indices.astype(np.intp)], at)


def _pixels(rows: np.ndarray, x: str, y: str) -> np.ndarray:
    return np.stack([rows[x], rows[y]], 1)


def _previous_stamp(rows: np.ndarray) -> Stamp:
    return int(rows['prev_stamp_sec'][0]), int(rows['prev_stamp_nanosec'][0])


def _require(rows: np.ndarray, names: Iterable[str]) -> None:
    missing = [name for name in names if name not in (rows.dtype.names or ())]
    if missing:
        raise ConversionError(f'the point cloud has no field {", ".join(missing)}')


def stamp_of(message: Any) -> Stamp:
    """Return the stamp of a message."""
    return int(message.header.stamp.sec), int(message.header.stamp.nanosec)


def to_ns(stamp: Stamp) -> int:
    """Return a stamp in nanoseconds."""
    return stamp[0] * 10**9 + stamp[1]


def seconds(stamp: Stamp) -> str:
    """Return a stamp in seconds with all its digits."""
    return f'{stamp[0]}.{stamp[1]:09d}'
