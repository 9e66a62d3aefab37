# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Features as another project's messages: RTAB-Map's, or those of learned front ends.

ros2 run residual_features_ros republisher --ros-args -r __ns:=/camera -p form:=rtabmap

In: features and features_info; camera_info for rtabmap. With points:=stereo, of the stereo node:
left/features, stereo_matches, left/camera_info and right/camera_info; with points:=depth the
images of depth. Out: the topic of the form (message_forms.FORMS), while somebody listens.
Features and what belongs to them wait for each other, at most QUEUE of each; what cannot be used
is counted and said.
"""
from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from rclpy.clock import Clock, ClockType  # type: ignore[attr-defined]
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import String

from residual_features_ros.datasets.calibration import camera_from_message
from residual_features_ros.errors import CameraError, ConversionError
from residual_features_ros.examples.message_forms import FORMS, Decoded, decode
from residual_features_ros.examples.republisher_config import RepublisherConfig
from residual_features_ros.examples.rtabmap import points_of_depth, points_of_disparity
from residual_features_ros.ros.conversions import message_to_rows
from residual_features_ros.ros.images import depth_from_message
from residual_features_ros.ros.node_config import NodeConfig
from residual_features_ros.ros.pairing import StampPairs
from residual_features_ros.ros.parameters import NodeParameters
from residual_features_ros.ros.runner import run
from residual_features_ros.ros.troubles import Troubles

DEPTH = 10
QUEUE = 10  # messages of each kind that wait for their partner
WARN_S = 5.0
LATCHED_QOS = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
NO_PARTNER = 'no partner'


class Republisher(Node):
    """Publishes each message of features in another form."""

    def __init__(self) -> None:
        """Open the topics; ConfigError for a value not allowed or a package not installed."""
        super().__init__('republisher')
        not_here = [field.name for field in dataclasses.fields(NodeConfig)]
        self.settings = NodeParameters(self, [RepublisherConfig(), NodeConfig()], not_here)
        self._config = config = self.settings.get(RepublisherConfig)
        self._form = FORMS[config.form]
        self._kinds = self._form.kinds()
        self._out = self.create_publisher(
            getattr(self._kinds, self._form.message), self._form.topic, DEPTH)
        self._info: dict[str, Any] | None = None
        self._cameras: dict[str, CameraInfo] = {}
        self._troubles = Troubles(self.get_logger().warning)
        self._came, self._dropped, self._silent = 0, 0, False
        self._open(config)
        self.create_timer(WARN_S, self._watch, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def begin(self) -> None:
        """Do nothing more: the topics are open since the node was made; see runner.run."""

    def _open(self, config: RepublisherConfig) -> None:
        side = 'left/' if config.points == 'stereo' else ''
        self._pairs = StampPairs(
            self._republish, config.depth_tolerance_s if config.points == 'depth' else 0.0, QUEUE,
            self._on_single)
        self._wanted = [f'{side}camera_info'] if config.form == 'rtabmap' else []
        self._wanted += ['right/camera_info'] if side else []
        partners: dict[str, Any] = {'stereo': (PointCloud2, 'stereo_matches', DEPTH),
                                    'depth': (Image, 'depth', qos_profile_sensor_data)}
        self.create_subscription(String, 'features_info', self._on_info, LATCHED_QOS)
        for topic in self._wanted:
            self.create_subscription(CameraInfo, topic, partial(self._cameras.__setitem__, topic),
                                     qos_profile_sensor_data)
        inputs: list[Any] = [self.create_subscription(
            PointCloud2, f'{side}features', self._on_features, DEPTH)]
        if config.points in partners:
            kind, topic, qos = partners[config.points]
            inputs.append(self.create_subscription(
                kind, topic, partial(self._pairs.add, 1), qos))
        self._inputs = [subscription.topic_name for subscription in inputs]
        self.get_logger().info(f'{config.form}: {", ".join(self._inputs)} -> '
                               f'{self._out.topic_name}')

    def _on_info(self, message: String) -> None:
        try:
            self._info = dict(json.loads(message.data))
        except (TypeError, ValueError) as error:
            self._troubles.say('info', f'features_info is no JSON object: {error}')

    def _on_features(self, message: PointCloud2) -> None:
        self._came += 1
        if not self._out.get_subscription_count():
            return
        if self._config.points == 'none':
            self._republish(message)
        else:
            self._pairs.add(0, message)

    def _on_single(self, gap_s: float | None) -> None:
        self._drop(NO_PARTNER, f'{self._config.points}: a message found no partner, ' + (
            'and none has come' if gap_s is None else
            f'the nearest stamp is {1e3 * gap_s:.6g} ms away'))

    def _drop(self, kind: str, words: str) -> None:
        self._dropped += 1
        self._troubles.say(kind, f'{words}; {self._dropped} messages dropped so far', WARN_S)

    def _republish(self, message: PointCloud2, partner: Any = None) -> None:
        """Publish features, with points that their partner tells, in the form that was chosen."""
        missing = [topic for topic in self._wanted if topic not in self._cameras]
        missing += [] if self._info else ['features_info']
        if missing:
            self._drop('missing', f'features came before {" and ".join(missing)}')
            return
        try:
            decoded = decode(message, self._info or {})
            infos = tuple(self._cameras[topic] for topic in self._wanted)
            points = None if partner is None else self._points(decoded, partner, infos)
            result = self._form.build(
                self._kinds, dataclasses.replace(decoded, points=points, infos=infos))
        except KeyError as error:
            self._drop('features', f'features_info has no {error}')
        except (CameraError, ConversionError, ValueError) as error:
            self._drop('features', f'a message cannot be used: {error}')
        else:
            self._out.publish(result)

    def _points(self, decoded: Decoded, partner: Any, infos: Sequence[Any]) -> np.ndarray:
        """Return where the keypoints are, (N, 3)."""
        pixels = decoded.features.keypoints
        if self._config.points == 'depth':
            rectified = (self._info or {}).get('image_geometry') == 'rectified'
            return points_of_depth(pixels, depth_from_message(partner),
                                   camera_from_message(infos[0], rectified))
        left, right = (camera_from_message(info, rectified=True) for info in infos)
        focal, shift = infos[1].p[0], infos[1].p[3]
        return points_of_disparity(pixels, message_to_rows(partner), left, right,
                                   -shift / focal if focal else 0.0)

    def _watch(self) -> None:
        """Say once for each silence that nothing comes."""
        came, self._came = self._came, 0
        if not came and not self._silent:
            self.get_logger().warning(f'no features came for {WARN_S:g} s: ' + ', '.join(
                f'{self.count_publishers(topic)} publishers of {topic}'
                for topic in self._inputs))
        self._silent = not came


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until it is interrupted; return the exit code."""
    return run(Republisher, args)


if __name__ == '__main__':
    sys.exit(main())
