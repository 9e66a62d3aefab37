# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An example of a back-end: odometry from features, matches and camera_info alone.

ros2 run residual_features_ros odometry_backend --ros-args -r __ns:=/camera

It takes no image. In: features, matches (sensor_msgs/PointCloud2), camera_info, and ~/reset
(std_msgs/Empty), which begins anew. Out: odometry (nav_msgs/Odometry), path (nav_msgs/Path), and
odom -> camera on /tf where tf2_ros imports. One camera does not tell how long a step is: each has
the length of the parameter step_length. Where stamps go back, as in a bag that is played in a
loop, it begins anew and says so; between two beginnings stamps never go back.
"""
from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from geometry_msgs.msg import Point, Pose, PoseStamped, Quaternion, TransformStamped, Vector3
from nav_msgs.msg import Odometry as OdometryMessage
from nav_msgs.msg import Path
from rclpy.clock import Clock, ClockType  # type: ignore[attr-defined]
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, PointCloud2
from std_msgs.msg import Empty

from residual_features_ros.datasets.calibration import camera_from_message
from residual_features_ros.errors import CameraError, ConversionError
from residual_features_ros.examples.chain import Chain, Estimate
from residual_features_ros.examples.frames import Join, Matched, seconds, stamp_of
from residual_features_ros.examples.odometry_config import OdometryConfig
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.pose import quaternion_of
from residual_features_ros.geometry.relative_pose import two_view
from residual_features_ros.ros.node_config import NodeConfig
from residual_features_ros.ros.parameters import NodeParameters
from residual_features_ros.ros.runner import run

DEPTH = 10
MOST_POSES = 2000  # of the path: a longer message would cost more than it shows
WARN_S = 5.0
# odom has x forward and z up (REP 103), the optical frame z forward and y down.
OPTICAL = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
# Of the twist, which is not measured: a filter that fuses it gives it no weight.
UNKNOWN = np.diag(np.full(6, 1e6)).ravel()


class OdometryBackend(Node):
    """Chains the motions of a camera."""

    def __init__(self) -> None:
        """Declare parameters, open topics; ConfigError for a value that is not allowed."""
        super().__init__('odometry_backend')
        not_here = [field.name for field in dataclasses.fields(NodeConfig)]
        self.settings = NodeParameters(self, [OdometryConfig(), NodeConfig()], not_here)
        self._config = config = self.settings.get(OdometryConfig)
        self._camera: Camera | None = None
        self._calibration: tuple[Any, ...] = ()
        self._join, self._path, self._joined = Join(), Path(), 0
        self._chain = Chain(OPTICAL, config.step_length, config.position_stddev,
                            config.rotation_stddev_deg)
        self._odometry_out = self.create_publisher(OdometryMessage, 'odometry', DEPTH)
        self._path_out = self.create_publisher(Path, 'path', DEPTH)
        self._transforms = self._open_tf() if config.publish_tf else None
        self.create_subscription(CameraInfo, 'camera_info', self._on_info,
                                 qos_profile_sensor_data)
        self._inputs = [
            self.create_subscription(PointCloud2, topic, self._taking(add), DEPTH)
            for topic, add in (('features', lambda message: self._join.add_features(message)),
                               ('matches', lambda message: self._join.add_matches(message)))]
        self.create_subscription(Empty, '~/reset', lambda _: self._reset('asked to'), DEPTH)
        self._reported, self._silent = (0, 0), False  # images joined, incomplete
        self.create_timer(WARN_S, self._watch, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def begin(self) -> None:
        """Do nothing more: the topics are open since the node was made; see runner.run."""

    def _open_tf(self) -> Any:
        try:
            from tf2_ros import TransformBroadcaster
        except ImportError as error:
            self.get_logger().warning(
                f'tf2_ros does not import: nothing is published on /tf ({error})')
            return None
        return TransformBroadcaster(self)

    def _on_info(self, message: CameraInfo) -> None:
        """Take the calibration, and take it anew where it changes."""
        calibration = (message.width, message.height, message.distortion_model, *message.d,
                       *message.k, *message.p, message.binning_x, message.binning_y,
                       str(message.roi))
        if np.array_equal(calibration, self._calibration):
            return
        try:
            camera = camera_from_message(message, self._config.rectified)
        except (CameraError, ValueError) as error:
            self.get_logger().warning(f'camera_info: {error}', throttle_duration_sec=WARN_S)
            return
        if self._camera is not None:
            self.get_logger().warning('camera_info changed: the new calibration is used')
        self._camera, self._calibration = camera, calibration

    def _taking(self, add: Callable[[Any], Matched | None]) -> Callable[[PointCloud2], None]:
        def take(message: PointCloud2) -> None:
            try:
                matched = add(message)
            except (ConversionError, ValueError, IndexError) as error:
                self.get_logger().warning(f'a message cannot be used: {error}',
                                          throttle_duration_sec=WARN_S)
                return
            if matched is not None:
                self._step(matched)
        return take

    def _step(self, matched: Matched) -> None:
        """Publish the pose of an image."""
        self._joined += 1
        if matched.restart:
            self._reset(matched.restart)
        if matched.repeats_stamp:
            self.get_logger().warning(
                f'several images have the stamp {seconds(stamp_of(matched))} s, which the camera '
                'driver should set: each pose follows the one before, tf2 takes the first alone',
                throttle_duration_sec=WARN_S)
        if self._camera is None:
            self.get_logger().warning('no camera_info yet', throttle_duration_sec=WARN_S)
            return
        motion = None
        if matched.previous_ns is not None:
            _, motion = two_view(matched.before, matched.now, self._camera)
            if motion is None:
                self.get_logger().warning('too few matches agree: the last motion is repeated',
                                          throttle_duration_sec=WARN_S)
        self._publish(self._chain.add(matched, motion), matched.header)

    def _reset(self, why: str) -> None:
        """Begin anew at the origin."""
        self.get_logger().warning(f'odometry is reset, poses begin at the origin again: {why}')
        self._chain.reset()
        self._path = Path()

    def _watch(self) -> None:
        """Say what does not come, once for each silence."""
        joined, incomplete = self._reported
        self._reported = self._joined, self._join.incomplete
        if self._join.incomplete > incomplete:
            self.get_logger().warning(
                f'{self._join.incomplete - incomplete} messages without their partner of the '
                'same image (features and matches): they are lost')
        if self._joined == joined and not self._silent:
            self.get_logger().warning(f'no image came for {WARN_S:g} s: ' + ', '.join(
                f'{self.count_publishers(topic)} publishers of {topic}'
                for topic in (subscription.topic_name for subscription in self._inputs)))
        self._silent = self._joined == joined

    def _publish(self, estimate: Estimate, header: Any) -> None:
        place = estimate.pose[:3, 3].tolist()
        turn = quaternion_of(estimate.pose[:3, :3]).tolist()
        stamped = PoseStamped(pose=Pose(
            position=Point(**dict(zip('xyz', place, strict=True))),
            orientation=Quaternion(**dict(zip('xyzw', turn, strict=True)))))
        stamped.header.stamp, stamped.header.frame_id = header.stamp, self._config.odom_frame
        child = self._config.child_frame or header.frame_id
        message = OdometryMessage(header=stamped.header, child_frame_id=child)
        message.pose.pose, message.pose.covariance = stamped.pose, estimate.covariance
        message.twist.covariance = UNKNOWN
        self._odometry_out.publish(message)
        self._path.header = stamped.header
        self._path.poses = [*self._path.poses[-MOST_POSES + 1:], stamped]
        if self._path_out.get_subscription_count():
            self._path_out.publish(self._path)
        if self._transforms is not None and not child:
            self.get_logger().warning('images have no frame_id: without child_frame nothing is '
                                      'published on /tf', throttle_duration_sec=WARN_S)
        elif self._transforms is not None:
            transform = TransformStamped(header=stamped.header, child_frame_id=child)
            transform.transform.translation = Vector3(**dict(zip('xyz', place, strict=True)))
            transform.transform.rotation = stamped.pose.orientation
            self._transforms.sendTransform(transform)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until it is interrupted; return the exit code."""
    return run(OdometryBackend, args)


if __name__ == '__main__':
    sys.exit(main())
