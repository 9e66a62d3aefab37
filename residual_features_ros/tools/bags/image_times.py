# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The time of each image, by its stamp, and by the bag's clock where stamps are no use.

Times increase from image to image. Stamps of a whole bag may be 0, some may be 0 or that of the
image before, and they may jump back: the bag was played in a loop, or a clock was set.
"""
from __future__ import annotations

import heapq
import itertools
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from residual_features_ros.tools.bags.rosbag import stamp_ns

WINDOW = 10  # images that wait, so that a late one finds its place
NO_STAMP = 'without a stamp, time of the bag taken'
SAME_STAMP = 'with the stamp of an image before, time of the bag taken'
JUMPED = 'after stamps that jump back, time of the bag taken'
REORDERED = 'out of order in the bag, put in order'
TWICE = 'lost: the same image once more'
TOO_LATE = f'lost: older than one shown before (more than {WINDOW} images late)'
SIMULATION_NS = 10**9  # a first stamp of 0 so close to the second is that of a clock that begins


@dataclass(frozen=True)
class Timed:
    """An image with the time that it gets, its own stamp and the bag's time, in ns."""

    time_ns: int
    stamp_ns: int
    bag_ns: int
    message: Any

    def after(self, bag_ns: int) -> int:
        """Return the time of an image that the bag has later."""
        return self.time_ns + max(1, bag_ns - self.bag_ns)


class ImageTimes:
    """Orders the images of one reading of a bag.

    counts: images by what became of their stamps.    notes: gets a sentence on the first jump.
    jumped: gets the times of images behind a jump, at which no true pose is known.
    """

    def __init__(self, counts: Counter[str], notes: list[str], jumped: set[int]) -> None:
        """Begin with an empty past."""
        self.counts, self.notes, self.jumped = counts, notes, jumped
        self._offset_ns = 0  # since the last jump back
        self._before: deque[Timed] = deque(maxlen=WINDOW + 1)  # as the bag has them

    def ordered(self, messages: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Timed]]:
        """Yield (time in ns, image) in the order of time, of (bag time, message)."""
        waiting: list[tuple[int, int, Timed]] = []
        newest = shown = -1
        numbers = itertools.count()
        for images in self._runs(self._timed(messages)):
            for image in images:
                if image.time_ns <= shown:
                    self.counts[TOO_LATE] += 1
                    continue
                self.counts[REORDERED] += image.time_ns < newest
                self.counts[JUMPED] += image.time_ns in self.jumped
                newest = max(newest, image.time_ns)
                heapq.heappush(waiting, (image.time_ns, next(numbers), image))
                while len(waiting) > WINDOW:
                    time_ns, _, image = heapq.heappop(waiting)
                    shown = max(time_ns, shown + 1)
                    yield shown, image
        for time_ns, _, image in sorted(waiting, key=lambda item: item[:2]):
            shown = max(time_ns, shown + 1)
            yield shown, image

    def _runs(self, images: Iterator[Timed]) -> Iterator[list[Timed]]:
        """Yield the images by ones, and in one list those that are older than one before.

        Of a few it is the recorder that was late; where none newer comes, the stamps jumped.
        """
        last: Timed | None = None  # the newest
        older: list[Timed] = []
        for image in images:
            if last and image.time_ns <= last.time_ns:
                older.append(image)
                if len(older) > WINDOW:
                    older = self._jump(older, last)
                    last = older[-1]
                    yield older
                    older = []
                continue
            yield older
            yield [image]
            last, older = image, []
        yield older

    def _jump(self, images: list[Timed], last: Timed) -> list[Timed]:
        """Return images whose stamps lie behind a jump back with times by the bag's clock."""
        if not self.jumped:
            back_s = (last.time_ns - images[0].time_ns) / 1e9
            self.notes.append(
                f'the stamps jump back by {back_s:.3g} s (a bag that was played in a loop, or a '
                f'clock that was set): from {images[0].stamp_ns / 1e9:.9f} s on the times are '
                "those of the bag's clock, and no ground truth is looked up")
        moved = []
        for image in images:
            last = replace(image, time_ns=last.after(image.bag_ns))
            moved.append(last)
        self._offset_ns = last.time_ns - last.stamp_ns
        self._before.extend(moved)
        self.jumped.update(image.time_ns for image in moved)
        return moved

    def _timed(self, messages: Iterator[tuple[int, Any]]) -> Iterator[Timed]:
        """Yield the images in the order of the bag, without those that it has twice."""
        first = list(itertools.islice(messages, WINDOW))
        stamps = [stamp_ns(message) for _, message in first]
        start = next((Timed(stamp, stamp, bag_ns, None) for stamp, (bag_ns, _)
                      in zip(stamps, first, strict=True) if stamp > 0), None)
        for bag_ns, message in itertools.chain(first, messages):
            stamp = stamp_ns(message)
            time_ns = self._time(bag_ns, stamp, message, start)
            if time_ns is None:
                self.counts[TWICE] += 1
                continue
            image = Timed(time_ns, stamp, bag_ns, message)
            self._before.append(image)
            yield image

    def _time(self, bag_ns: int, stamp: int, message: Any, start: Timed | None) -> int | None:
        """Return the time of an image, None for one that is the same as one before.

        start: the first image with a stamp, None where the first WINDOW have none.
        """
        before = self._before[-1] if self._before else None
        if start is None:
            self.counts[NO_STAMP] += 1
            return bag_ns if before is None else max(bag_ns, before.time_ns + 1)
        if stamp <= 0:
            near = before or start
            time_ns = near.time_ns + bag_ns - near.bag_ns
            if before is None and abs(time_ns) < SIMULATION_NS:
                return 0
            self.counts[NO_STAMP] += 1
            return time_ns if before is None else before.after(bag_ns)
        twin = next((image for image in self._before if image.stamp_ns == stamp), None)
        if twin is None or before is None:
            if self._offset_ns:
                self.jumped.add(stamp + self._offset_ns)
            return stamp + self._offset_ns
        if np.array_equal(twin.message.data, message.data):
            return None
        self.counts[SAME_STAMP] += 1
        return before.after(bag_ns)
