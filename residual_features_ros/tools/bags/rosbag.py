# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""rosbag2 folders of images, written and read without ROS by the package rosbags."""
from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.highlevel import AnyReader, AnyReaderError
from rosbags.rosbag2 import ReaderError, StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from residual_features_ros.errors import CommandError
from residual_features_ros.ros.images import image_layout
from residual_features_ros.tools.bags.truncated_rosbag1 import SUFFIX, TruncatedRosbag1
from residual_features_ros.tools.bags.truncated_rosbag2 import TruncatedRosbag2

STORE: Any = get_typestore(Stores.ROS2_JAZZY)
STORAGES = ('.db3', '.mcap')
NO_BAG = (AnyReaderError, ReaderError, OSError)
Reader = AnyReader | TruncatedRosbag2 | TruncatedRosbag1
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
def writing(folder: Path, storage: str = 'sqlite3') -> Iterator[Writer]:
    """Open a new bag for writing; one that is there is replaced, any other folder is not.

    Args:
        folder: of the bag.
        storage: 'sqlite3' or 'mcap'.
    """
    if folder.exists():
        if not (folder / 'metadata.yaml').is_file():
            raise CommandError(f'{folder}: exists and is no bag; choose another --out')
        shutil.rmtree(folder)
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
    """The image topic of any bag: rosbag2 (sqlite3 or mcap) or ROS 1."""

    def __init__(self, path: Path, topic: str, allow_truncated: bool = False) -> None:
        """Choose the topic, or its only image topic; CommandError names what there is.

        Args:
            path: of the bag.
            topic: of the images, '' for the only one.
            allow_truncated: whether a truncated bag is opened too, see TruncatedRosbag2 and
                TruncatedRosbag1.
        """
        self.path, self._allow_truncated = whole(path), allow_truncated
        with self.open() as reader:
            kinds = {connection.topic: connection.msgtype for connection in reader.connections
                     if connection.msgtype in (IMAGE, COMPRESSED)}
        if not topic and len(kinds) == 1:
            topic = next(iter(kinds))
        if topic not in kinds:
            asked = f'has no image topic {topic}' if topic else 'needs a --topic (make: TOPIC=)'
            raise CommandError(f'{path}: {asked}; its image topics: '
                               f'{", ".join(sorted(kinds)) or "none"}')
        self.topic, self.kind = topic, kinds[topic]

    @contextmanager
    def open(self) -> Iterator[Reader]:
        """Open the bag; CommandError where it is none, or is truncated and may not be."""
        if not self.path.exists():
            raise CommandError(f'{self.path}: no such bag')
        try:
            with closing(self._reader()) as reader:
                yield reader
        except NO_BAG as error:
            raise CommandError(f'{self.path}: not a bag that rosbags reads ({error}); one '
                               'that is cut off may be mended by "ros2 bag reindex", "mcap '
                               'recover" or "rosbag reindex"') from error

    def _reader(self) -> Reader:
        try:
            reader = AnyReader([self.path], default_typestore=STORE)
            reader.open()
        except NO_BAG:
            files = storage_files(self.path)
            if self._allow_truncated and files:
                return TruncatedRosbag2(files, STORE)
            if self._allow_truncated and self.path.suffix == SUFFIX and self.path.is_file():
                return TruncatedRosbag1(self.path)
            raise
        return reader

    def messages(self, limit: int) -> Iterator[tuple[int, Any]]:
        """Yield (bag time in ns, message as ROS 2 has it) of the first `limit` images.

        An image whose stamp was there before is stamped with its bag time: answers are known
        by their stamps.
        """
        seen: set[int] = set()
        with self.open() as reader:
            connections = [c for c in reader.connections if c.topic == self.topic]
            found = reader.messages(connections=connections)
            for (connection, time_ns, raw), _ in zip(found, range(limit), strict=False):
                message = reader.deserialize(raw, connection.msgtype)
                stamp = stamp_ns(message)
                stamp = time_ns if stamp in seen else stamp
                seen.add(stamp)
                yield time_ns, modern(message, self.kind, stamp)


def whole(path: Path) -> Path:
    """Return the folder of a file of a rosbag2, or the only file of one without metadata."""
    if path.suffix in STORAGES and (path.parent / 'metadata.yaml').is_file():
        return path.parent
    if path.is_dir() and not (path / 'metadata.yaml').exists():
        files = storage_files(path)
        return files[0] if len(files) == 1 else path
    return path


def storage_files(path: Path) -> list[Path]:
    """Return the files of a rosbag2 in the order of recording, [] where it is none."""
    files = path.iterdir() if path.is_dir() else [path]
    return sorted((file for file in files if file.suffix in STORAGES),
                  key=lambda file: (len(file.name), file.name))  # ..._2 before ..._10


def modern(message: Any, kind: str, stamp: int) -> Any:
    """Return an image message as ROS 2 has it: ROS 1 headers have a field more."""
    names = STORE.types[kind].__dataclass_fields__
    fields = {name: getattr(message, name) for name in names if name != '__msgtype__'}
    fields['header'] = header(stamp, message.header.frame_id)
    return STORE.types[kind](**fields)
