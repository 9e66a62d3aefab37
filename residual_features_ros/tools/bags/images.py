# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The images of a bag in the order of their stamps; what is not shown is counted by reason."""
from __future__ import annotations

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
from residual_features_ros.tools.bags.image_times import (
    JUMPED,
    NO_STAMP,
    REORDERED,
    SAME_STAMP,
    ImageTimes,
    Timed,
)
from residual_features_ros.tools.bags.messages import messages_of, told, unreadable
from residual_features_ros.tools.bags.rosbag import ImageBag

READ = 'read from the bag'
SHOWN = 'evaluated'
UNREADABLE = 'lost: not readable as an image'
OTHER_SIZE = 'lost: of another size than the first'
SKIPPED = 'skipped by --step'
AHEAD = 'read and not needed, beyond --max-frames'
NOT_LOST = (READ, REORDERED, NO_STAMP, SAME_STAMP, JUMPED)  # counted beside what became of them


@dataclass
class BagImages:
    """Iterates (stamp in ns, image) of a bag's image topic, every `step`-th, at most `limit`.

    counts: images by what became of them.    size: (width, height) of the images.
    notes: sentences on what of the bag was not as it should be, all after the last image.
    jumped: times at which no true pose is known, see ImageTimes.
    newest: image of this iteration, as the bag has it.
    """

    bag: ImageBag
    step: int = 1
    limit: int | None = None
    encoding: str = field(default='', init=False)  # of the newest image
    _levels: LevelMemory = field(default_factory=LevelMemory, init=False, repr=False)
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    size: tuple[int, int] = (0, 0)
    jumped: set[int] = field(default_factory=set)
    newest: Timed | None = field(default=None, init=False, repr=False)
    _reason: str = ''  # of the first that is unreadable

    def __iter__(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield stamps and images, grey or BGR uint8; the counts begin anew."""
        self.counts, self.notes = Counter({READ: 0, SHOWN: 0}), []
        self.size, self._reason = (0, 0), ''
        self.jumped.clear()
        yield from self._chosen(ImageTimes(self.counts, self.notes, self.jumped))
        if self._reason:
            self.notes.append(unreadable(self.counts[UNREADABLE], self.bag.topic, self._reason))

    def _chosen(self, times: ImageTimes) -> Iterator[tuple[int, np.ndarray]]:
        for i, (stamp, newest) in enumerate(times.ordered(self._read())):
            self.newest = newest
            if i % self.step:
                self.counts[SKIPPED] += 1
                continue
            image = self._convert(newest.message)
            if image is not None:
                self.counts[SHOWN] += 1
                yield stamp, image
                if self.counts[SHOWN] == self.limit:
                    done = sum(count for what, count in self.counts.items()
                               if what not in NOT_LOST)
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
        except (ConversionError, ValueError) as error:
            self._unreadable(error)
            return None
        size = (image.shape[1], image.shape[0])
        if self.size not in ((0, 0), size):
            self.counts[OTHER_SIZE] += 1
            return None
        self.size = size
        return image

    def _unreadable(self, error: Exception) -> None:
        """Count an image and remember the first reason, which is told."""
        self.counts[UNREADABLE] += 1
        self._reason = self._reason or ' '.join(str(error).split())

    def _read(self) -> Iterator[tuple[int, Any]]:
        """Yield (bag time in ns, message) as the bag has them."""
        topic, count = self.bag.topic, 0
        try:
            for time_ns, message in messages_of(self.bag, topic, [self.bag.kind], self.notes):
                self.counts[READ] = count = count + 1
                if isinstance(message, ConversionError):
                    self._unreadable(message)
                else:
                    yield time_ns, message
        except TruncatedError as error:
            self.notes.append(told(error, 'the bag', f'{count} images', 'evaluated'))
