# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The images of a bag in the order of their stamps; what is not shown is counted by reason."""
from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from residual_features_ros.errors import ConversionError, TruncatedError
from residual_features_ros.grey_levels import LevelMemory
from residual_features_ros.image import check_image
from residual_features_ros.ros.encodings import luma_alone
from residual_features_ros.ros.images import image_from_message
from residual_features_ros.tools.bags.messages import messages_of
from residual_features_ros.tools.bags.rosbag import ImageBag, stamp_ns

WINDOW = 10  # images that wait, so that a late one finds its place
READ = 'read from the bag'
SHOWN = 'evaluated'
UNREADABLE = 'lost: not readable as an image'
OTHER_SIZE = 'lost: of another size than the first'
TOO_LATE = f'lost: older than one shown before (more than {WINDOW} images late)'
TWICE = 'lost: stamp of another image'
REORDERED = 'out of order in the bag, put in order'
NO_STAMP = 'without a stamp, time of the bag taken'
SKIPPED = 'skipped by --step'
AHEAD = 'read and not needed, beyond --max-frames'


@dataclass
class BagImages:
    """Iterates (stamp in ns, image) of a bag's image topic, every `step`-th, at most `limit`.

    counts: images by what became of them.    truncated: what the bag's reader said where the bag
    is truncated, else empty.    size: (width, height) of the images.
    """

    bag: ImageBag
    step: int = 1
    limit: int | None = None
    encoding: str = field(default='', init=False)  # of the newest image
    _levels: LevelMemory = field(default_factory=LevelMemory, init=False, repr=False)
    counts: Counter[str] = field(default_factory=Counter)
    truncated: str = ''
    size: tuple[int, int] = (0, 0)

    def __iter__(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield stamps and images, grey or BGR uint8; the counts begin anew."""
        self.counts, self.truncated, self.size = Counter({READ: 0, SHOWN: 0}), '', (0, 0)
        for i, (stamp, message) in enumerate(self._ordered()):
            if i % self.step:
                self.counts[SKIPPED] += 1
                continue
            image = self._convert(message)
            if image is not None:
                self.counts[SHOWN] += 1
                yield stamp, image
                if self.counts[SHOWN] == self.limit:
                    done = sum(count for what, count in self.counts.items()
                               if what not in (READ, REORDERED, NO_STAMP))
                    self.counts[AHEAD] = self.counts[READ] - done
                    return

    @property
    def luma_alone(self) -> bool:
        """Return whether the images came with colours that were left out."""
        return luma_alone(self.encoding)

    def expected(self) -> int | None:
        """Return how many images there should be by what the bag says, None where it does not."""
        with self.bag.open() as reader:
            there = sum(c.msgcount for c in reader.connections if c.topic == self.bag.topic)
        return min(-(-there // self.step), self.limit or there) or None

    def _convert(self, message: Any) -> np.ndarray | None:
        if self.size == (0, 0):  # the first image
            self._levels = LevelMemory()
        self.encoding = str(getattr(message, 'encoding', ''))
        try:
            image = image_from_message(message, self._levels)
            check_image(image)
        except (ConversionError, ValueError):
            self.counts[UNREADABLE] += 1
            return None
        size = (image.shape[1], image.shape[0])
        if self.size not in ((0, 0), size):
            self.counts[OTHER_SIZE] += 1
            return None
        self.size = size
        return image

    def _ordered(self) -> Iterator[tuple[int, Any]]:
        waiting: list[tuple[int, int, Any]] = []
        newest = shown = -1
        for number, (stamp, message) in enumerate(self._read()):
            if stamp <= shown or any(stamp == other for other, *_ in waiting):
                self.counts[TWICE if stamp in (shown, *(w[0] for w in waiting))
                            else TOO_LATE] += 1
                continue
            self.counts[REORDERED] += stamp < newest
            newest = max(newest, stamp)
            heapq.heappush(waiting, (stamp, number, message))
            if len(waiting) > WINDOW:
                shown, _, message = heapq.heappop(waiting)
                yield shown, message
        while waiting:
            stamp, _, message = heapq.heappop(waiting)
            yield stamp, message

    def _read(self) -> Iterator[tuple[int, Any]]:
        """Yield the messages as the bag has them; a bag without stamps gives its own times."""
        unstamped: bool | None = None
        try:
            for time_ns, message in messages_of(self.bag, self.bag.topic):
                self.counts[READ] += 1
                if message is None:
                    self.counts[UNREADABLE] += 1
                    continue
                stamp = stamp_ns(message)
                unstamped = stamp == 0 if unstamped is None else unstamped
                self.counts[NO_STAMP] += unstamped
                yield time_ns if unstamped else stamp, message
        except TruncatedError as error:
            self.truncated = str(error)
