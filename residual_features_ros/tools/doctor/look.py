# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Looks at the image topics of the ROS graph; a process that doctor starts.

python -m residual_features_ros.tools.doctor.look SECONDS
"""
from __future__ import annotations

import json
import sys
import time
from typing import Any

import rclpy
from rclpy.node import Node
from rclpy.utilities import get_rmw_implementation_identifier
from sensor_msgs.msg import CompressedImage, Image

from residual_features_ros.ros import image_qos
from residual_features_ros.ros.camera_search import image_offers
from residual_features_ros.ros.cameras import Camera, find_cameras
from residual_features_ros.ros.image_subscription import ImageSubscription
from residual_features_ros.ros.troubles import Troubles

LOOK_PERIOD_S = 0.5
MOST = 8  # topics that are listened to at once


class HeardCamera:
    """A camera that is listened to as the node does, and what came of it."""

    def __init__(self, node: Node, camera: Camera) -> None:
        """Wait for follow() of the subscription."""
        self.camera, self.lost = camera, 0
        self._times: list[float] = []
        self._newest: Any = None
        kind = CompressedImage if camera.transport == 'compressed' else Image
        self.subscription = ImageSubscription(
            node, camera.full_topic, kind, 'auto', self._take, self._lose,
            Troubles(node.get_logger().warning))

    def found(self) -> dict[str, Any]:
        """Return what is known of it, for JSON."""
        times, newest = self._times, self._newest
        span_s = times[-1] - times[0] if times else 0.0
        return {'topic': self.camera.full_topic, 'images': len(times), 'lost': self.lost,
                'publishers': list(map(str, self.camera.offers)),
                'qos': image_qos.words(self.subscription.qos),
                'rate_hz': (len(times) - 1) / span_s if span_s else 0.0,
                'bytes': len(newest.data) if newest else 0,
                'encoding': getattr(newest, 'encoding', getattr(newest, 'format', '')),
                'size': [getattr(newest, 'width', 0), getattr(newest, 'height', 0)]}

    def _take(self, message: Any) -> None:
        self._times.append(time.monotonic())
        self._newest = message

    def _lose(self, count: int) -> None:
        self.lost += count


def look(node: Node, seconds: float) -> list[dict[str, Any]]:
    """Listen to all cameras that are there; return what is known of each."""
    heard: dict[str, HeardCamera] = {}
    until, next_s = time.monotonic() + seconds, 0.0
    while time.monotonic() < until:
        if time.monotonic() >= next_s:
            next_s = time.monotonic() + LOOK_PERIOD_S
            for camera in find_cameras(image_offers(node), 'raw'):
                if camera.topic not in heard and len(heard) < MOST:
                    heard[camera.topic] = HeardCamera(node, camera)
                    until = max(until, time.monotonic() + seconds / 2)
            for one in heard.values():
                one.subscription.follow(True)
        rclpy.spin_once(node, timeout_sec=0.05)
    return [one.found() for one in heard.values()]


def main() -> int:
    """Print the middleware and the cameras as one line of JSON."""
    rclpy.init(args=[])
    node = rclpy.create_node('doctor', enable_rosout=False, start_parameter_services=False)
    try:
        print(json.dumps({'rmw': get_rmw_implementation_identifier(),
                          'cameras': look(node, float(sys.argv[1]))}), flush=True)
    except KeyboardInterrupt:
        return 130
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())
