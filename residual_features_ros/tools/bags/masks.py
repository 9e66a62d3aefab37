# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Masks that are a topic of a bag: which of them is an image's.

As in the node it is the mask of the image's stamp, else the newest that had come. Since a bag is
there as a whole, a mask of the stamp serves as well that was recorded after its image.
"""
from __future__ import annotations

import zlib
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from residual_features_ros.errors import CommandError, ConversionError
from residual_features_ros.mask import Mask
from residual_features_ros.ros.mask_topic import CameraMasks
from residual_features_ros.tools.bags.image_times import Timed
from residual_features_ros.tools.bags.rosbag import IMAGE, ImageBag, stamp_ns
from residual_features_ros.tools.bags.topics import messages_of_topic

OF_STAMP, OLDER, NONE = 'of the stamp', 'older', 'none'


@dataclass(frozen=True)
class BagMask:
    """A mask of a bag; packed, as a bag may have thousands.

    bag_ns, stamp_ns: time of the bag and its own stamp.    shape: (H, W).    name: for errors.
    """

    bag_ns: int
    stamp_ns: int
    shape: tuple[int, ...]
    packed: bytes
    name: str

    @classmethod
    def of(cls, bag_ns: int, stamp: int, mask: Mask) -> BagMask:
        """Return a mask packed."""
        packed = zlib.compress(np.packbits(mask.allowed).tobytes(), 1)
        return cls(bag_ns, stamp, mask.allowed.shape, packed, mask.name)

    def mask(self) -> Mask:
        """Return the mask."""
        bits = np.frombuffer(zlib.decompress(self.packed), np.uint8)
        values = np.unpackbits(bits, count=int(np.prod(self.shape)))
        return Mask(values.reshape(self.shape).astype(bool), self.name)


class BagMasks:
    """The masks of a topic; counts which images had one.

    counts: images by OF_STAMP, OLDER or NONE.
    """

    def __init__(self, topic: str, masks: Sequence[BagMask]) -> None:
        """Take the masks of a topic in any order."""
        self.topic, self.counts = topic, Counter({OF_STAMP: 0, OLDER: 0, NONE: 0})
        self._all = sorted(masks, key=lambda mask: mask.bag_ns)
        self._shape: tuple[int, ...] = ()  # of the images
        self._oldest_ns = 0

    def of(self, image: Timed, shape: Sequence[int]) -> BagMask | None:
        """Return the mask of an image of the shape (H, W, ...), None where none had come.

        Raises:
            ConfigError: no mask has the size of the image.
        """
        if self._shape != tuple(shape[:2]):
            self._fit(shape)
        own = self._by_stamp.get(image.stamp_ns, [])
        if own and (image.stamp_ns > 0 or len(own) == 1):  # many zeros are drivers without stamps
            self.counts[OF_STAMP] += 1
            return min(own, key=lambda mask: abs(mask.bag_ns - image.bag_ns))
        came = bisect_right(self._times, image.bag_ns)
        self.counts[OLDER if came else NONE] += 1
        if not came:
            return None
        newest = self._fitting[came - 1]
        self._oldest_ns = max(self._oldest_ns, image.bag_ns - newest.bag_ns)
        return newest

    def notes(self) -> list[str]:
        """Return sentences on the masks of the images so far."""
        age = f' (up to {self._oldest_ns / 1e9:.3g} s)' if self.counts[OLDER] else ''
        own, older, none = self.counts.values()
        others = len(self._all) - len(self._fitting) if self._shape else 0
        return [f'masks of {self.topic}: {own} images had the one of their stamp, {older} an '
                f'older one{age}, {none} none',
                *([f'{others} masks of {self.topic} are of another size than the images and left '
                   'out'] if others else [])]

    def _fit(self, shape: Sequence[int]) -> None:
        """Take the masks of the size of the images alone."""
        self._shape = tuple(shape[:2])
        self._fitting = [mask for mask in self._all if mask.shape == self._shape]
        if self._all and not self._fitting:
            self._all[0].mask().check(shape)
        self._times = [mask.bag_ns for mask in self._fitting]
        self._by_stamp: dict[int, list[BagMask]] = defaultdict(list)
        for mask in self._fitting:
            self._by_stamp[mask.stamp_ns].append(mask)


def read_masks(bag: ImageBag, topic: str, notes: list[str]) -> BagMasks:
    """Return the masks of a topic.

    Args:
        bag: to read from.
        topic: of mono8 images.
        notes: gets a sentence where masks are left out, or the topic is truncated.

    Raises:
        CommandError: not one image of the topic is a mask; says why.
    """
    camera, masks, wrong = CameraMasks(topic), [], []
    for bag_ns, message in messages_of_topic(bag, topic, (IMAGE,), notes):
        try:
            if isinstance(message, ConversionError):
                raise message
            masks.append(BagMask.of(bag_ns, stamp_ns(message), camera.convert(message)))
        except ConversionError as error:
            wrong.append(str(error))
    if wrong and not masks:
        raise CommandError(f'--mask-topic {topic}: not one of its {len(wrong)} images is a mask; '
                           f'the first: {wrong[0]}')
    if wrong:
        notes.append(f'{len(wrong)} masks of {topic} are not readable and left out; the first: '
                     f'{wrong[0]}')
    return BagMasks(topic, masks)
