# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Looks for the camera of a node that was told no image topic, until there is one to take."""
from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any

from rclpy.node import Node

from residual_features_ros.errors import ConfigError
from residual_features_ros.ros import image_qos
from residual_features_ros.ros.cameras import Camera, Choice, find_cameras, none, several
from residual_features_ros.ros.silence import TRANSPORT_OF, Offer
from residual_features_ros.ros.troubles import Troubles

LOOK_PERIOD_S = 0.5
SILENT_AFTER_S = 5.0
LOUD_S = 30.0  # what is missing is told again after so long


def is_wanted(node: Node, topic: str) -> bool:
    """Return whether nothing says where images are: neither a remapping nor a namespace."""
    asked = node.resolve_topic_name(topic, only_expand=True)
    return node.get_namespace() == '/' and node.resolve_topic_name(topic) == asked


class CameraSearch:
    """Looks at the ROS graph until one camera is there to take, and says what it sees.

    found: the camera that was taken, None so far.
    """

    def __init__(self, node: Node, topic: str, transport: str, ours: Collection[str],
                 take: Callable[[Camera], bool], troubles: Troubles) -> None:
        """Wait for look().

        Args:
            node: that searches.
            topic: full name of the topic that it listens to meanwhile, which is taken at once.
            transport: the parameter image_transport.
            ours: topics of images that are no cameras to it.
            take: takes a camera; False = not yet.
            troubles: where to say that there is none, or that there are several.
        """
        self.found: Camera | None = None
        self._node, self._topic, self._transport = node, topic, transport
        self._ours, self._take, self._troubles = ours, take, troubles
        self._choice, self._silence = Choice(), ''
        self._told: list[str] = []  # topics of other cameras
        self._began_s = time.monotonic()

    def look(self) -> None:
        """Take the camera where there is one to take, else say what is in the way."""
        if self.found and self.found.topic == self._topic:
            return  # the name that was asked for, whatever else there is
        offers = image_offers(self._node)
        cameras = find_cameras(offers, self._transport, self._ours)
        if self.found:
            self._tell_of_others(self.found, cameras)
            return
        named = [camera for camera in cameras
                 if (camera.topic, camera.transport) == (self._topic, self._transport)]
        chosen = named[0] if named else self._choice.look(cameras, time.monotonic())
        try:
            if chosen and self._take(chosen):
                self.found, self._silence = chosen, ''
                return
        except ConfigError as error:
            self._troubles.say('camera', f'{chosen} cannot be taken: {error}', LOUD_S)
        if len(cameras) > 1:
            self._silence = f'{len(cameras)} image topics and none is chosen, see the log'
            self._troubles.say(str([camera.topic for camera in cameras]), several(cameras), LOUD_S)
        elif (cameras or time.monotonic() - self._began_s < SILENT_AFTER_S
              or self._node.count_publishers(self._topic)):  # of another type: no camera of ours
            self._silence = ''
        else:
            self._silence = none(offers, self._transport)
            self._troubles.say('no camera', f'no camera found yet: {self._silence}', LOUD_S)

    def silence(self) -> str:
        """Return why there is no camera, '' where there is or it is too early to tell."""
        return self._silence

    def _tell_of_others(self, found: Camera, cameras: list[Camera]) -> None:
        others = [camera for camera in cameras if camera.topic not in (found.topic, *self._told)]
        if others:
            self._told += [camera.topic for camera in others]
            self._troubles.say('another camera', (
                f'{", ".join(map(str, others))} came later: features go on with {found.topic}; '
                f'to take another, launch with {others[0].arguments}'), 0.0)


def image_offers(node: Node) -> dict[str, list[Offer]]:
    """Return the topics of images that somebody publishes -> publishers."""
    return {topic: [_offer(info) for info in node.get_publishers_info_by_topic(topic)]
            for topic, kinds in node.get_topic_names_and_types()
            if any(kind in TRANSPORT_OF for kind in kinds)}


def _offer(info: Any) -> Offer:
    return Offer(f'{info.node_namespace.rstrip("/")}/{info.node_name}', info.topic_type,
                 image_qos.words(info.qos_profile))
