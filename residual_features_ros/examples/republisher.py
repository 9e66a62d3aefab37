# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Features as another project's messages: RTAB-Map's, or those of learned front ends.

ros2 run residual_features_ros republisher --ros-args -r __ns:=/camera -p form:=rtabmap

In: features and features_info; camera_info for rtabmap. With points:=stereo, of the stereo node:
left/features, stereo_matches, left/camera_info and right/camera_info; with points:=depth the
images of depth. Out: the topic of the form (message_forms.FORMS). It subscribes while somebody
listens to that. Features and what belongs to them wait for each other, at most QUEUE of each;
what cannot be used is counted and said.
"""
from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
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
LOOK_PERIOD_S = 0.1  # from a new listener to our subscriptions
WARN_S = 5.0
LATCHED_QOS = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Republisher(Node):
    """Publishes each message of features in another form."""

    def __init__(self) -> None:
        """Open the output; ConfigError for a value not allowed or a package not installed."""
        super().__init__('republisher')
        not_here = [field.name for field in dataclasses.fields(NodeConfig)]
        self.settings = NodeParameters(self, [RepublisherConfig(), NodeConfig()], not_here)
        self._config = config = self.settings.get(RepublisherConfig)
        self._form = FORMS[config.form]
        self._kinds = self._form.kinds()
        self._out = self.create_publisher(
            getattr(self._kinds, self._form.message), self._form.topic, DEPTH)
        side = 'left/' if config.points == 'stereo' else ''
        self._features = f'{side}features'
        self._calibrated = [f'{side}camera_info'] if config.form == 'rtabmap' else []
        self._calibrated += ['right/camera_info'] if side else []
        self._troubles = Troubles(self.get_logger().warning)
        self._subscriptions_open: list[Any] = []
        self._came, self._dropped, self._silent = 0, 0, False
        self._forget()
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(LOOK_PERIOD_S, self._look, clock=steady)
        self.create_timer(WARN_S, self._watch, clock=steady)
        self.get_logger().info(f'{config.form}: {self.resolve_topic_name(self._features)} -> '
                               f'{self._out.topic_name}, while somebody listens')

    def begin(self) -> None:
        """Do nothing more: timers and output are there since the node was made; see runner.run."""

    def _forget(self) -> None:
        self._info: dict[str, Any] = {}
        self._cameras: dict[str, CameraInfo] = {}
        tolerance_s = self._config.depth_tolerance_s if self._config.points == 'depth' else 0.0
        self._pairs = StampPairs(self._republish, tolerance_s, QUEUE, self._on_single)

    def _look(self) -> None:
        """Subscribe while somebody listens: else the nodes before this one would work for none."""
        wanted = self._out.get_subscription_count() > 0
        if wanted and not self._subscriptions_open:
            self._subscriptions_open = list(self._subscribe())
        elif not wanted and self._subscriptions_open:
            for subscription in self._subscriptions_open:
                self.destroy_subscription(subscription)
            self._subscriptions_open = []
            self._forget()

    def _subscribe(self) -> Iterator[Any]:
        """Open the subscriptions."""
        subscribe, add = self.create_subscription, partial(self._pairs.add, 1)
        yield subscribe(PointCloud2, self._features, self._on_features, DEPTH)
        yield subscribe(String, 'features_info', self._on_info, LATCHED_QOS)
        for topic in self._calibrated:
            yield subscribe(CameraInfo, topic, partial(self._cameras.__setitem__, topic),
                            qos_profile_sensor_data)
        if self._config.points == 'stereo':
            yield subscribe(PointCloud2, 'stereo_matches', add, DEPTH)
        elif self._config.points == 'depth':
            yield subscribe(Image, 'depth', add, qos_profile_sensor_data)
        if self._form.tracks:
            yield subscribe(PointCloud2, 'matches', lambda _: None, DEPTH, raw=True)

    def _on_info(self, message: String) -> None:
        try:
            self._info = dict(json.loads(message.data))
        except (TypeError, ValueError) as error:
            self._troubles.say('info', f'features_info is no JSON object: {error}')

    def _on_features(self, message: PointCloud2) -> None:
        self._came += 1
        if self._config.points == 'none':
            self._republish(message)
        else:
            self._pairs.add(0, message)

    def _on_single(self, gap_s: float | None) -> None:
        self._drop('no partner', f'{self._config.points}: a message found no partner, ' + (
            'and none has come' if gap_s is None else
            f'the nearest stamp is {1e3 * gap_s:.6g} ms away'))

    def _drop(self, kind: str, words: str) -> None:
        self._dropped += 1
        self._troubles.say(kind, f'{words}; {self._dropped} messages dropped so far', WARN_S)

    def _republish(self, message: PointCloud2, partner: Any = None) -> None:
        """Publish features, with points that their partner tells, in the form that was chosen."""
        missing = [topic for topic in self._calibrated if topic not in self._cameras]
        missing += [] if self._info else ['features_info']
        if missing:
            self._drop('missing', f'features came before {" and ".join(missing)}')
            return
        try:
            decoded = decode(message, self._info)
            infos = tuple(self._cameras[topic] for topic in self._calibrated)
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
            rectified = self._info.get('image_geometry') == 'rectified'
            return points_of_depth(pixels, depth_from_message(partner),
                                   camera_from_message(infos[0], rectified))
        left, right = (camera_from_message(info, rectified=True) for info in infos)
        focal, shift = infos[1].p[0], infos[1].p[3]
        return points_of_disparity(pixels, message_to_rows(partner), left, right,
                                   -shift / focal if focal else 0.0)

    def _watch(self) -> None:
        """Say once for each silence that nothing comes."""
        came, self._came = self._came, 0
        silent = bool(self._subscriptions_open) and not came
        if silent and not self._silent:
            topic = self.resolve_topic_name(self._features)
            self.get_logger().warning(f'no features came for {WARN_S:g} s: '
                                      f'{self.count_publishers(topic)} publishers of {topic}')
        self._silent = silent


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until it is interrupted; return the exit code."""
    return run(Republisher, args)


if __name__ == '__main__':
    sys.exit(main())
