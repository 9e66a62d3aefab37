# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A subscription to images or masks that follows the QoS of its publishers and counts losses."""
from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSPolicyKind, QoSProfile
from rclpy.subscription import Subscription

try:
    from rclpy.event_handler import SubscriptionEventCallbacks, UnsupportedEventTypeError
except ImportError:  # Humble
    from rclpy.qos_event import (  # type: ignore[attr-defined, no-redef, assignment]
        SubscriptionEventCallbacks,
        UnsupportedEventTypeError,
    )

from residual_features_ros.ros import image_qos
from residual_features_ros.ros.troubles import Troubles

# A subscription that ends while others discover it may stay in their lists (seen with Fast DDS 3).
SETTLED_AFTER_S = 0.5


class ImageSubscription:
    """Subscribed while wanted, with another QoS where the publishers change.

    topic: its full name.    kind: the type, as sensor_msgs/msg/Image.    qos: the one in effect.
    overrides: parameters qos_overrides.* that were given for it.
    changed_s: time.monotonic() when it began or ended last.
    """

    def __init__(self, node: Node, topic: str, message: Any, asked: str,
                 on_message: Callable[[Any], None], on_lost: Callable[[int], None],
                 troubles: Troubles,
                 policies: Sequence[QoSPolicyKind] = image_qos.POLICIES) -> None:
        """Wait for follow() to subscribe.

        Args:
            node: whose subscription it is.
            topic: full name.
            message: Image or CompressedImage.
            asked: the parameter image_qos.
            on_message: gets each message.
            on_lost: told how many messages were lost on the way.
            troubles: where to complain of losses.
            policies: that qos_overrides.* may set.

        Raises:
            ConfigError: qos_overrides.* that no policy has.
        """
        self.topic, self.kind = topic, f'sensor_msgs/msg/{message.__name__}'
        self._node, self._message, self._asked, self._troubles = node, message, asked, troubles
        self._on_message, self._on_lost, self._policies = on_message, on_lost, policies
        self._bytes = 0  # of the newest message
        self.qos = self._chosen = QoSProfile(depth=1)
        self._subscription: Subscription | None = None
        self.changed_s = time.monotonic()
        self.overrides = image_qos.check_overrides(node, topic, policies)

    @property
    def active(self) -> bool:
        """Return whether it is subscribed."""
        return self._subscription is not None

    def publishers(self) -> list[Any]:
        """Return what the ROS graph says of those who publish on the topic."""
        return list(self._node.get_publishers_info_by_topic(self.topic))

    def follow(self, wanted: bool) -> None:
        """Subscribe while wanted; again where the publishers offer another QoS than before."""
        if self.active and time.monotonic() - self.changed_s < SETTLED_AFTER_S:
            return
        if not wanted:
            self._unsubscribe()
            return
        qos = image_qos.image_qos(self._asked, [
            info.qos_profile for info in self.publishers() if info.topic_type == self.kind])
        if self.active:
            if qos == self._chosen:
                return
            self._unsubscribe()
        self._chosen = copy.copy(qos)
        self._subscribe(qos)

    def note_lost(self, event: Any) -> None:
        """Count what was lost, and say once what helps."""
        self._on_lost(event.total_count_change)
        if 'best' in image_qos.words(self.qos):
            remedy = ('let the publisher be reliable and leave image_qos at auto'
                      if self._asked == 'auto' else
                      'set image_qos to auto, which is reliable where the publisher is')
        else:
            remedy = 'the publisher overwrites what is not delivered yet: let it keep more images'
        self._troubles.say(f'{self.topic} lost', (
            f'{event.total_count} images of {self.topic} were lost on the way '
            f'({image_qos.words(self.qos)}, {self._bytes / 1e6:.1f} MB each): {remedy}; or '
            'give publisher and node the Fast DDS profile config/fastdds.xml, or use '
            'image_transport compressed. /diagnostics counts further losses of images'),
            period_s=float('inf'))

    def _subscribe(self, qos: QoSProfile) -> None:
        options = image_qos.overriding_options(self._node, self.topic, self._asked,
                                               self._policies)
        events = {'message_lost': self.note_lost, 'incompatible_qos': lambda _: None}
        try:
            self._subscription = self._node.create_subscription(
                self._message, self.topic, self._take, qos, qos_overriding_options=options,
                event_callbacks=SubscriptionEventCallbacks(**events))  # type: ignore[arg-type]
        except UnsupportedEventTypeError:
            self._troubles.say('no message_lost', 'this RMW does not tell how many images are '
                               'lost on the way: they are not counted', period_s=float('inf'))
            self._subscription = self._node.create_subscription(
                self._message, self.topic, self._take, qos, qos_overriding_options=options)
        self.qos = qos  # with what qos_overrides.* changed
        self.changed_s = time.monotonic()
        self._node.get_logger().info(f'subscribed to {self.topic} ({image_qos.words(qos)})')

    def _unsubscribe(self) -> None:
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None
            self.changed_s = time.monotonic()

    def _take(self, message: Any) -> None:
        self._bytes = len(message.data)
        self._on_message(message)
