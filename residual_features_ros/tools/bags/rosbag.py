# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""rosbag2 folders of images, written and read without ROS by the package rosbags."""
from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.rosbag2 import ReaderError, StoragePlugin, Writer

from residual_features_ros.errors import CommandError, ConversionError, TruncatedError
from residual_features_ros.outputs import refuse_existing
from residual_features_ros.ros.images import image_layout
from residual_features_ros.tools.bags import decoding
from residual_features_ros.tools.bags.connection import Connection
from residual_features_ros.tools.bags.reader import BagReader
from residual_features_ros.tools.bags.unpacked import Unpacked

STORE = decoding.STORE
NO_BAG = (ReaderError, OSError)
MEND = ('one that is cut off may be mended by "ros2 bag reindex", "mcap recover" or '
        '"rosbag reindex"')
URI_MARKS = '#?%'
MOST_NAMED = 10  # topics in an error
IMAGE, COMPRESSED = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'


def header(stamp_ns: int, frame_id: str = 'camera') -> Any:
    """Return a std_msgs/Header."""
    stamp = STORE.types['builtin_interfaces/msg/Time'](*divmod(stamp_ns, 10**9))
    return STORE.types['std_msgs/msg/Header'](stamp=stamp, frame_id=frame_id)


def stamp_ns(message: Any) -> int:
    """Return the stamp of a message in nanoseconds."""
    stamp = message.header.stamp
    return int(stamp.sec) * 10**9 + int(stamp.nanosec)


def image_message(image: np.ndarray, stamp: int) -> Any:
    """Return the sensor_msgs/Image of a grey or BGR image of any depth."""
    return STORE.types[IMAGE](header=header(stamp), data=image.reshape(-1).view(np.uint8),
                              **image_layout(image))


def timed_messages(images: Iterable[np.ndarray], hz: float) -> Iterator[tuple[int, Any]]:
    """Yield (time in ns, sensor_msgs/Image) of images taken at `hz`."""
    for i, image in enumerate(images):
        time_ns = 10**9 + round(i * 1e9 / hz)
        yield time_ns, image_message(image, time_ns)


@contextmanager
def writing(folder: Path, storage: str = 'mcap') -> Iterator[Writer]:
    """Open a new bag for writing.

    Args:
        folder: of the bag.
        storage: 'sqlite3' or 'mcap'.

    Raises:
        OutputError: there is something already.
        CommandError: the storage cannot be written there.
    """
    refuse_existing([folder])
    if storage == 'sqlite3' and set(str(folder)) & set(URI_MARKS):  # rosbags makes a URI of it
        raise CommandError(f'{folder}: sqlite3 is not written to a path with one of {URI_MARKS}; '
                           'take --storage mcap, or another --out')
    folder.parent.mkdir(parents=True, exist_ok=True)
    with Writer(folder, version=9, storage_plugin=StoragePlugin[storage.upper()]) as writer:
        yield writer


def write_images(folder: Path, topic: str, kind: str,
                 messages: Iterable[tuple[int, Any]]) -> int:
    """Write a bag of one image topic; return how many messages it has."""
    count = 0
    with writing(folder) as writer:
        connection = writer.add_connection(topic, kind, typestore=STORE)
        for time_ns, message in messages:
            writer.write(connection, time_ns, STORE.serialize_cdr(message, kind))
            count += 1
    return count


class ImageBag:
    """The image topic of any bag: rosbag2 (sqlite3 or mcap) or ROS 1.

    notes: sentences on how the bag is read, and what of it is not.
    unread: why images were left out by messages(), the first one first.
    """

    def __init__(self, path: Path, topic: str, allow_truncated: bool = False,
                 mask_topic: str = '') -> None:
        """Choose the topic, or its only image topic; CommandError names what there is.

        Args:
            path: of the bag.
            topic: of the images, '' for the only one.
            allow_truncated: whether a bag is opened too that is cut off or lacks a file.
            mask_topic: of masks, which are not the images; '' for none.
        """
        self.path, self._allow_truncated, self._unpack = path, allow_truncated, Unpacked()
        self.unread: list[str] = []
        with self.open() as reader:
            self.notes, connections = reader.notes, reader.connections
            damage = [*reader.notes, *reader.damage()]
        kinds = {c.topic: c.msgtype for c in connections
                 if c.readable and c.msgtype in (IMAGE, COMPRESSED)}
        if mask_topic and kinds.get(mask_topic) != IMAGE:
            raise CommandError(f'{path}: {_no_masks(mask_topic, sorted(kinds), connections)}')
        others = kinds.keys() - {mask_topic}
        if mask_topic and (topic == mask_topic or not others):
            raise CommandError(f'--mask-topic {mask_topic} is the topic of the images')
        if not topic and len(others) == 1:
            topic, = others
        if topic not in kinds:
            said = [_no_images(topic, sorted(kinds), connections), *damage]
            raise CommandError(f'{path}: {"; ".join(said)}')
        self.topic, self.kind = topic, kinds[topic]

    @contextmanager
    def open(self) -> Iterator[BagReader]:
        """Open the bag; CommandError where it is none, or is truncated and may not be."""
        if not self.path.exists():
            raise CommandError(f'{self.path}: no such bag')
        try:
            reader = BagReader(self.path, self._unpack)
        except NO_BAG as error:
            raise CommandError(f'{self.path}: not a bag that rosbags reads ({error}); '
                               f'{MEND}') from error
        with closing(reader):
            if not reader.whole and not self._allow_truncated:
                said = '; '.join(reader.notes) or 'its end is missing'
                raise CommandError(f'{self.path}: not a whole bag ({said}); {MEND}')
            yield reader

    def messages(self, limit: int) -> Iterator[tuple[int, Any]]:
        """Yield (bag time in ns, message as ROS 2 has it) of the first `limit` readable images.

        An image whose stamp was there before is stamped with its bag time, see own_stamps().

        Raises:
            CommandError: the bag cannot be read any further; says why.
        """
        self.unread = []
        return itertools.islice(own_stamps(self._readable(), self.kind), limit)

    def _readable(self) -> Iterator[tuple[int, Any]]:
        with self.open() as reader:
            connections = [c for c in reader.connections
                           if (c.topic, c.msgtype) == (self.topic, self.kind) and c.readable]
            try:
                for connection, time_ns, raw in reader.messages(connections):
                    try:
                        yield time_ns, reader.deserialize(connection, raw)
                    except ConversionError as error:
                        self.unread.append(str(error))
            except TruncatedError as error:
                raise CommandError(f'{self.path} {self.topic}: {error}') from error


def own_stamps(images: Iterable[tuple[int, Any]], kind: str) -> Iterator[tuple[int, Any]]:
    """Yield (bag time in ns, message as ROS 2 has it), each image with a stamp of its own.

    One whose stamp was there before gets its bag time: answers are known by their stamps.

    Args:
        images: (bag time in ns, message).
        kind: their type.
    """
    seen: set[int] = set()
    for time_ns, message in images:
        stamp = stamp_ns(message)
        stamp = time_ns if stamp in seen else stamp
        while stamp in seen:
            stamp += 1
        seen.add(stamp)
        yield time_ns, modern(message, kind, stamp)


def _no_images(topic: str, images: Sequence[str], connections: Sequence[Connection]) -> str:
    """Return why a topic cannot be chosen, and which there are."""
    there = ', '.join(images) or 'none'
    if not topic and images:
        return f'needs a --topic (make: TOPIC=); its image topics: {there}'
    others = list(dict.fromkeys(str(c) for c in connections if c.topic not in images))
    if len(others) > MOST_NAMED:
        others[MOST_NAMED:] = [f'{len(others) - MOST_NAMED} more']
    also = f' (images are {IMAGE} and {COMPRESSED} in cdr or ros1; it has {", ".join(others)})' \
        if others and (not images or topic in {c.topic for c in connections}) else ''
    return f'has no image topic{f" {topic}" if topic else ""}; its image topics: {there}{also}'


def _no_masks(topic: str, images: Sequence[str], connections: Sequence[Connection]) -> str:
    """Return why masks cannot be read from a topic, and which image topics there are."""
    there = [c.msgtype for c in connections if c.topic == topic]
    why = f'it is of {there[0]}' if there else 'there is no such topic'
    return (f'--mask-topic {topic}: {why}; masks are {IMAGE} in mono8; its image topics: '
            f'{", ".join(images) or "none"}')


def modern(message: Any, kind: str, stamp: int) -> Any:
    """Return an image message as ROS 2 has it: ROS 1 headers have a field more."""
    names = STORE.types[kind].__dataclass_fields__
    fields = {name: getattr(message, name) for name in names if name != '__msgtype__'}
    fields['header'] = header(stamp, message.header.frame_id)
    return STORE.types[kind](**fields)
