# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One image topic of a node, watched for what goes wrong on the way."""
from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image

from residual_features_ros.ros import image_qos
from residual_features_ros.ros.cameras import UNKNOWN
from residual_features_ros.ros.image_subscription import ImageSubscription
from residual_features_ros.ros.node_config import NodeConfig
from residual_features_ros.ros.silence import SUFFIX, Offer, why_silent
from residual_features_ros.ros.stamps import StampWatch
from residual_features_ros.ros.troubles import Troubles

SILENT_AFTER_S = 5.0
LOUD_S = 60.0  # a silence is told again after so long


class ImageInput:
    """A subscription to images, and what it is told of their stamps and of silence.

    frame_id: of the newest image, '' before the first.
    """

    def __init__(self, node: Node, topic: str, config: NodeConfig,
                 on_image: Callable[[Any], None], on_lost: Callable[[int], None],
                 troubles: Troubles) -> None:
        """Wait for follow() of the subscription.

        Args:
            node: whose subscription it is.
            topic: of raw images; with the transport compressed its neighbour is subscribed.
            config: transport and QoS.
            on_image: gets each message.
            on_lost: told how many messages were lost on the way.
            troubles: where to complain.

        Raises:
            ConfigError: qos_overrides.* that no policy has.
        """
        self._node, self._troubles, self._on_image = node, troubles, on_image
        compressed = config.image_transport == 'compressed'
        # The remapping of the image topic counts for its compressed neighbour as well.
        self.topic = node.resolve_topic_name(topic) + (SUFFIX if compressed else '')
        self.subscription = ImageSubscription(
            node, self.topic, CompressedImage if compressed else Image, config.image_qos,
            self._take, on_lost, troubles)
        self.frame_id = ''
        self._stamps = StampWatch()
        self._newest_s = 0.0

    def silence(self) -> str:
        """Return why no image comes, '' where some do or it is too early to tell.

        Without a subscription only a topic that nobody publishes is silent.
        """
        subscription = self.subscription
        silent_s = time.monotonic() - max(self._newest_s, subscription.changed_s)
        if silent_s < SILENT_AFTER_S:
            return ''
        offers = [Offer(_full_name(info), info.topic_type, image_qos.words(info.qos_profile),
                        image_qos.is_compatible(subscription.qos, info.qos_profile))
                  for info in subscription.publishers()]
        if not subscription.active and any(offer.kind == subscription.kind for offer in offers):
            return ''
        why = why_silent(self.topic, subscription.kind, image_qos.words(subscription.qos), offers,
                         self._published() if not offers else {})
        self._troubles.say(f'{self.topic} silent: {why}', (
            f'no image on {self.topic} ({subscription.kind}) for {silent_s:.0f} s: {why}'), LOUD_S)
        return f'no image came for {silent_s:.0f} s on {self.topic}: {why}'

    def complain_of_many_publishers(self) -> None:
        """Complain where several nodes publish images here: their frames would be matched."""
        names = sorted(_full_name(info) for info in self.subscription.publishers())
        if len(names) > 1 and UNKNOWN not in ' '.join(names):  # else one that just came
            self._troubles.say(f'{self.topic} {names}', (
                f'{len(names)} publishers on {self.topic}: {", ".join(names)}; images of two '
                'cameras are no sequence, remap one of them'), LOUD_S)

    def _take(self, message: Any) -> None:
        self._newest_s, self.frame_id = time.monotonic(), message.header.frame_id
        wrong = self._stamps.note((message.header.stamp.sec, message.header.stamp.nanosec))
        if wrong:
            self._troubles.say(f'{self.topic} {wrong[0]}', f'{self.topic}: {wrong[1]}')
        self._on_image(message)

    def _published(self) -> dict[str, str]:
        """Return the topics that other nodes publish, with a type."""
        own = f'{self._node.get_fully_qualified_name()}/'
        return {name: kinds[0] for name, kinds in self._node.get_topic_names_and_types()
                if kinds and not name.startswith(own) and self._node.count_publishers(name)}


def _full_name(info: Any) -> str:
    return f'{info.node_namespace.rstrip("/")}/{info.node_name}'
