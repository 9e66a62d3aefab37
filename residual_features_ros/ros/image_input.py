# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One image topic of a node: subscribed while wanted, watched for what goes wrong on the way."""
from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription
from sensor_msgs.msg import CompressedImage, Image

try:
    from rclpy.event_handler import SubscriptionEventCallbacks, UnsupportedEventTypeError
except ImportError:  # Humble
    from rclpy.qos_event import (  # type: ignore[attr-defined, no-redef, assignment]
        SubscriptionEventCallbacks,
        UnsupportedEventTypeError,
    )

from residual_features_ros.ros import image_qos
from residual_features_ros.ros.node_config import NodeConfig
from residual_features_ros.ros.silence import COMPRESSED, RAW, SUFFIX, Offer, why_silent
from residual_features_ros.ros.stamps import StampWatch
from residual_features_ros.ros.troubles import Troubles

SILENT_AFTER_S = 5.0
# A subscription that ends while others discover it may stay in their lists (seen with Fast DDS 3).
SETTLED_AFTER_S = 0.5
UNKNOWN = '_UNKNOWN_'  # in the name of a node whose publisher was found before itself
LOUD_S = 60.0  # a silence is told again after so long


class ImageInput:
    """Subscribes an image topic, with another QoS where its publishers change.

    topic: its full name.    frame_id: of the newest image, '' before the first.
    overrides: parameters qos_overrides.* that were given for it.
    """

    def __init__(self, node: Node, topic: str, config: NodeConfig,
                 on_image: Callable[[Any], None], on_lost: Callable[[int], None],
                 troubles: Troubles) -> None:
        """Wait for follow() to subscribe.

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
        self._node, self._config, self._troubles = node, config, troubles
        self._on_image, self._on_lost = on_image, on_lost
        compressed = config.image_transport == 'compressed'
        # The remapping of the image topic counts for its compressed neighbour as well.
        self.topic = node.resolve_topic_name(topic) + (SUFFIX if compressed else '')
        self._message, self._kind = (CompressedImage, COMPRESSED) if compressed else (Image, RAW)
        self.frame_id = ''
        self._image_bytes = 0
        self._stamps = StampWatch()
        self._qos = self._chosen = QoSProfile(depth=1)
        self._subscription: Subscription | None = None
        self._quiet_since_s = self._subscribed_s = time.monotonic()
        self.overrides = image_qos.check_overrides(node, self.topic)

    def follow(self, wanted: bool) -> None:
        """Subscribe while wanted; again where the publishers offer another QoS than before."""
        if self._subscription is not None and (
                time.monotonic() - self._subscribed_s < SETTLED_AFTER_S):
            return
        if not wanted:
            self._unsubscribe()
            return
        qos = image_qos.image_qos(self._config.image_qos, [
            info.qos_profile for info in self._publishers() if info.topic_type == self._kind])
        if self._subscription is not None:
            if qos == self._chosen:
                return
            self._unsubscribe()
        self._chosen = copy.copy(qos)
        self._subscribe(qos)

    def silence(self) -> str:
        """Return why no image comes, '' where some do or it is too early to tell.

        Without a subscription only a topic that nobody publishes is silent.
        """
        silent_s = time.monotonic() - self._quiet_since_s
        if silent_s < SILENT_AFTER_S:
            return ''
        offers = [Offer(_full_name(info), info.topic_type, image_qos.words(info.qos_profile),
                        image_qos.is_compatible(self._qos, info.qos_profile))
                  for info in self._publishers()]
        if self._subscription is None and any(offer.kind == self._kind for offer in offers):
            return ''
        why = why_silent(self.topic, self._kind, image_qos.words(self._qos), offers,
                         self._published() if not offers else {})
        self._troubles.say(f'{self.topic} silent: {why}', (
            f'no image on {self.topic} ({self._kind}) for {silent_s:.0f} s: {why}'), LOUD_S)
        return f'no image came for {silent_s:.0f} s on {self.topic}: {why}'

    def complain_of_many_publishers(self) -> None:
        """Complain where several nodes publish images here: their frames would be matched."""
        names = sorted(_full_name(info) for info in self._publishers())
        if len(names) > 1 and UNKNOWN not in ' '.join(names):  # else one that just came
            self._troubles.say(f'{self.topic} {names}', (
                f'{len(names)} publishers on {self.topic}: {", ".join(names)}; images of two '
                'cameras are no sequence, remap one of them'), LOUD_S)

    def _subscribe(self, qos: QoSProfile) -> None:
        options = image_qos.overriding_options(self._node, self.topic, self._config.image_qos)
        events = {'message_lost': self._note_lost, 'incompatible_qos': lambda _: None}
        try:
            self._subscription = self._node.create_subscription(
                self._message, self.topic, self._take, qos, qos_overriding_options=options,
                event_callbacks=SubscriptionEventCallbacks(**events))  # type: ignore[arg-type]
        except UnsupportedEventTypeError:
            self._troubles.say('no message_lost', 'this RMW does not tell how many images are '
                               'lost on the way: they are not counted', period_s=float('inf'))
            self._subscription = self._node.create_subscription(
                self._message, self.topic, self._take, qos, qos_overriding_options=options)
        self._qos = qos  # with what qos_overrides.* changed
        self._quiet_since_s = self._subscribed_s = time.monotonic()
        self._node.get_logger().info(f'subscribed to {self.topic} ({image_qos.words(qos)})')

    def _unsubscribe(self) -> None:
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None
            self._quiet_since_s = time.monotonic()

    def _take(self, message: Any) -> None:
        self._quiet_since_s = time.monotonic()
        self.frame_id, self._image_bytes = message.header.frame_id, len(message.data)
        wrong = self._stamps.note((message.header.stamp.sec, message.header.stamp.nanosec))
        if wrong:
            self._troubles.say(f'{self.topic} {wrong[0]}', f'{self.topic}: {wrong[1]}')
        self._on_image(message)

    def _note_lost(self, event: Any) -> None:
        """Count what was lost, and say once what helps."""
        self._on_lost(event.total_count_change)
        if 'best' in image_qos.words(self._qos):
            remedy = ('let the camera publish reliable and leave image_qos at auto'
                      if self._config.image_qos == 'auto' else
                      'set image_qos to auto, which is reliable where the camera is')
        else:
            remedy = 'the camera overwrites what is not delivered yet: let it keep more images'
        self._troubles.say(f'{self.topic} lost', (
            f'{event.total_count} images of {self.topic} were lost on the way '
            f'({image_qos.words(self._qos)}, {self._image_bytes / 1e6:.1f} MB each): {remedy}; or '
            'give camera and node the Fast DDS profile config/fastdds.xml, or use '
            'image_transport compressed. /diagnostics counts further losses'),
            period_s=float('inf'))

    def _publishers(self) -> list[Any]:
        return list(self._node.get_publishers_info_by_topic(self.topic))

    def _published(self) -> dict[str, str]:
        """Return the topics that other nodes publish, with a type."""
        own = f'{self._node.get_fully_qualified_name()}/'
        return {name: kinds[0] for name, kinds in self._node.get_topic_names_and_types()
                if kinds and not name.startswith(own) and self._node.count_publishers(name)}


def _full_name(info: Any) -> str:
    return f'{info.node_namespace.rstrip("/")}/{info.node_name}'
