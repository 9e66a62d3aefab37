# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Masks that come as messages: which of them is an image's, and images that wait for theirs."""
from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from residual_features_ros.errors import ConversionError
from residual_features_ros.mask import Mask
from residual_features_ros.ros.images import image_from_message

KEPT = 10  # masks of a topic, and images that wait for theirs
STALE_S = 1.0  # a newest mask that is further from the image is told
ENCODINGS = ('mono8', '8UC1')


def stamp_of(message: Any) -> int:
    """Return the stamp of a message in nanoseconds."""
    return int(message.header.stamp.sec) * 10**9 + int(message.header.stamp.nanosec)


@dataclass
class CameraMasks:
    """The newest masks of one camera.

    topic: what they came on, for words.
    file: the mask that counts for all images as well.
    publishers: returns how many there are on the topic.
    messages: by stamp, the newest last.
    """

    topic: str
    file: Mask | None = None
    publishers: Callable[[], int] = lambda: 0
    messages: OrderedDict[int, Any] = field(default_factory=OrderedDict)

    def add(self, message: Any) -> None:
        """Take a mask; the oldest goes where there are too many."""
        self.messages.pop(stamp_of(message), None)
        self.messages[stamp_of(message)] = message
        while len(self.messages) > KEPT:
            self.messages.popitem(last=False)

    def convert(self, message: Any) -> Mask:
        """Return the mask of a message, with that of the file.

        Raises:
            ValueError: not a mask, or of another size than the file's.
        """
        if message.encoding not in ENCODINGS:
            raise ConversionError(f'a mask is mono8, got {message.encoding} on {self.topic}')
        try:
            allowed = image_from_message(message) != 0
        except ConversionError as error:
            raise ConversionError(f'mask on {self.topic}: {error}') from error
        return Mask(allowed, f'the mask on {self.topic}').joined(self.file)


class MaskTopics:
    """The masks of all cameras of a node; images go through here to their work.

    Masks come in one thread and are asked for in another.
    """

    def __init__(self, cameras: Sequence[CameraMasks], wait: bool,
                 deliver: Callable[..., None], lose: Callable[[str], None],
                 tell: Callable[[str, str], Any]) -> None:
        """Begin without any mask.

        Args:
            cameras: one for each image that comes at a time.
            wait: whether images wait for masks of their stamps; else the newest serves as well.
            deliver: gets the images whose masks are there.
            lose: gets the reason why images go without having been delivered.
            tell: gets the topic of a mask that is old or has not come, and a sentence on it.
        """
        self._cameras, self._wait = list(cameras), wait
        self._deliver, self._lose, self._tell = deliver, lose, tell
        self._waiting: list[tuple[Any, ...]] = []
        self._lock = threading.Lock()

    def take_images(self, *images: Any) -> None:
        """Take the image of each camera to its work, or let them wait for their masks."""
        if not self._wait or self._complete(images):
            self._deliver(*images)
            return
        self._waiting.append(images)
        while len(self._waiting) > KEPT:
            self._pass_over(self._waiting.pop(0))

    def take_mask(self, camera: int, message: Any) -> None:
        """Take a mask, and to their work the images that waited for it."""
        with self._lock:
            self._cameras[camera].add(message)
        ready = [i for i, images in enumerate(self._waiting) if self._complete(images)]
        if not ready:
            return
        images, passed = self._waiting[ready[-1]], self._waiting[:ready[-1]]
        self._waiting = self._waiting[ready[-1] + 1:]
        for older in passed:  # the order of time is kept
            self._pass_over(older)
        self._deliver(*images)

    @property
    def in_force(self) -> str:
        """Return where masks come from: 'none', 'file', 'topic' or 'file and topic'."""
        with self._lock:
            came = any(camera.messages for camera in self._cameras)
        there = (('file', any(camera.file for camera in self._cameras)), ('topic', came))
        return ' and '.join(word for word, is_there in there if is_there) or 'none'

    def of(self, images: Sequence[Any]) -> list[Mask | None]:
        """Return the mask of the image of each camera, None where none has come for it yet.

        Raises:
            ValueError: a message that is no mask.
        """
        with self._lock:
            found = [self._find(camera, image)
                     for camera, image in zip(self._cameras, images, strict=True)]
        return [camera.file if message is None else camera.convert(message)
                for camera, message in zip(self._cameras, found, strict=True)]

    def _complete(self, images: Sequence[Any]) -> bool:
        return all(stamp_of(image) in camera.messages
                   for camera, image in zip(self._cameras, images, strict=True))

    def _find(self, camera: CameraMasks, image: Any) -> Any:
        message = camera.messages.get(stamp_of(image))
        if message is None and self._wait:
            raise ConversionError(f'its mask on {camera.topic} is {KEPT} masks old')
        if message is None and not camera.messages and camera.publishers():
            self._tell(camera.topic, f'no mask has come on {camera.topic} yet, though it is '
                       'published: the image is served without')
        if message is None and camera.messages:
            message = next(reversed(camera.messages.values()))
            apart_s = (stamp_of(image) - stamp_of(message)) / 1e9
            if abs(apart_s) > STALE_S:
                self._tell(camera.topic, f'the newest mask on {camera.topic} is '
                           f'{abs(apart_s):.1f} s {"older" if apart_s > 0 else "newer"} than the '
                           'image')
        return message

    def _pass_over(self, images: Sequence[Any]) -> None:
        missing = [camera.topic for camera, image in zip(self._cameras, images, strict=True)
                   if stamp_of(image) not in camera.messages]
        self._lose(f'no mask of its stamp came on {", ".join(missing)}' if missing
                   else 'the mask of a newer image came')
