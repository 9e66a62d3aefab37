# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The images of a topic and the camera beside it, for a program that may miss some.

Only the newest image waits: one that comes before it was taken takes its place and is counted.
"""
from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import rclpy
from rclpy.clock import Clock, ClockType  # type: ignore[attr-defined]
from rclpy.exceptions import InvalidTopicNameException
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from rclpy.signals import SignalHandlerOptions
from rclpy.validate_topic_name import validate_topic_name
from sensor_msgs.msg import CameraInfo

from residual_features_ros.errors import ConfigError, ConversionError
from residual_features_ros.grey_levels import LevelMemory
from residual_features_ros.ros.image_input import ImageInput
from residual_features_ros.ros.images import image_from_message
from residual_features_ros.ros.node_config import NodeConfig
from residual_features_ros.ros.silence import SUFFIX
from residual_features_ros.ros.troubles import Troubles
from residual_features_ros.tools.harness.client import receiving

LOOK_PERIOD_S, WATCH_PERIOD_S = 0.1, 1.0  # for publishers, and for silence
POLL_S = 0.5  # a wait without an end hears no Ctrl-C on every system
LATE, LOST, UNREADABLE = 'not in time', 'lost on the way', 'not readable'


class ImageTopic(Node):
    """Holds the newest image of a topic until it is taken.

    topic: its full name.    info_topic: of the camera, beside it.
    """

    def __init__(self, name: str, topic: str, told: Callable[[str], None]) -> None:
        """Subscribe as the nodes of this package do.

        Args:
            name: of this node.
            topic: of sensor_msgs/Image, or of CompressedImage where it ends with /compressed.
            told: is told of losses and of silence.

        Raises:
            ConfigError: no name of a topic.
        """
        try:
            validate_topic_name(topic)
        except InvalidTopicNameException as error:
            raise ConfigError(f'{topic!r} is no name of a topic: '
                              f'{str(error).splitlines()[0]}') from error
        super().__init__(name, enable_rosout=False, start_parameter_services=False)
        self._counts: dict[str, int] = {}
        self._newest: Any = None
        self._info: CameraInfo | None = None
        self._came = threading.Condition()
        self._levels, self._troubles = LevelMemory(), Troubles(told)
        transport = 'compressed' if topic.endswith(SUFFIX) else 'raw'
        self._input = ImageInput(
            self, topic.removesuffix(SUFFIX), NodeConfig(image_transport=transport),
            self._on_image, partial(self._count, LOST), self._troubles)
        self.topic = self._input.topic
        self.info_topic = self.topic.removesuffix(SUFFIX).rpartition('/')[0] + '/camera_info'
        self.create_subscription(CameraInfo, self.info_topic, self._on_info,
                                 qos_profile_sensor_data)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(LOOK_PERIOD_S, partial(self._input.subscription.follow, True),
                          clock=steady)
        self.create_timer(WATCH_PERIOD_S, self._watch, clock=steady)

    def counts(self) -> dict[str, int]:
        """Return the images that take() did not return, by what became of them."""
        with self._came:
            return dict(self._counts)

    def take(self) -> tuple[int, np.ndarray]:
        """Return the newest image once there is one that was not taken yet.

        Returns:
            Its stamp in ns, and (H, W) or (H, W, 3) BGR uint8.
        """
        while True:
            with self._came:
                while self._newest is None:
                    self._came.wait(POLL_S)
                message, self._newest = self._newest, None
            try:
                image = image_from_message(message, self._levels)
            except ConversionError as error:
                self._count(UNREADABLE)
                self._troubles.say(UNREADABLE, f'image skipped: {error}')
                continue
            stamp = message.header.stamp
            return stamp.sec * 10**9 + stamp.nanosec, image

    def camera_info(self, seconds: float) -> CameraInfo | None:
        """Return the newest CameraInfo, None where none has come so far nor comes in a while."""
        until = time.monotonic() + seconds
        with self._came:
            while self._info is None and time.monotonic() < until:
                self._came.wait(POLL_S)
            return self._info

    def _on_image(self, message: Any) -> None:
        with self._came:
            late, self._newest = self._newest is not None, message
            self._came.notify_all()
        if late:
            self._count(LATE)

    def _on_info(self, message: CameraInfo) -> None:
        with self._came:
            self._info = message
            self._came.notify_all()

    def _count(self, what: str, count: int = 1) -> None:
        with self._came:
            self._counts[what] = self._counts.get(what, 0) + count

    def _watch(self) -> None:
        self._input.silence()
        self._input.complain_of_many_publishers()


@contextlib.contextmanager
def listening(name: str, topic: str, told: Callable[[str], None]) -> Iterator[ImageTopic]:
    """Give a topic that is listened to, in a process that has no other node.

    Signals are left to the program: Ctrl-C is a KeyboardInterrupt of its main thread.

    Raises:
        ConfigError: no name of a topic.
    """
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    try:
        images = ImageTopic(name, topic, told)
        with receiving(images):
            yield images
    finally:
        rclpy.try_shutdown()
