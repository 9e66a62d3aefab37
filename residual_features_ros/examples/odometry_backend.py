# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An example of a back-end: odometry from features, matches and camera_info alone.

ros2 run residual_features_ros odometry_backend --ros-args -r __ns:=/camera

It takes no image. In: features, matches (sensor_msgs/PointCloud2), camera_info. Out: odometry
(nav_msgs/Odometry), path (nav_msgs/Path), and odom -> camera on /tf where tf2_ros imports. One
camera does not tell how long a step is: each has the length of the parameter step_length.
"""
from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import rclpy
from geometry_msgs.msg import Point, Pose, PoseStamped, Quaternion, TransformStamped, Vector3
from nav_msgs.msg import Odometry as OdometryMessage
from nav_msgs.msg import Path
from rcl_interfaces.msg import FloatingPointRange, ParameterDescriptor
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, PointCloud2

from residual_features_ros.datasets.calibration import camera_from_message
from residual_features_ros.errors import CameraError
from residual_features_ros.examples.frames import Join, Matched
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.odometry import Odometry
from residual_features_ros.geometry.pose import quaternion_of
from residual_features_ros.geometry.relative_pose import two_view
from residual_features_ros.ros.conversions import ConversionError

DEPTH = 10
REMEMBERED_NS = 10 * 10**9
MOST_POSES = 2000  # of the path: a longer message would cost more than it shows
WARN_S = 5.0
# odom has x forward and z up (REP 103), the optical frame z forward and y down.
OPTICAL = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])


class OdometryBackend(Node):
    """Chains the motions of a camera."""

    def __init__(self) -> None:
        """Declare parameters, open topics."""
        super().__init__('odometry_backend')
        fixed = {'read_only': True}
        self._frame: str = self.declare_parameter('odom_frame', 'odom', ParameterDescriptor(
            description='Frame of the poses, x forward and z up.', **fixed)).value
        self._length: float = self.declare_parameter('step_length', 1.0, ParameterDescriptor(
            description='Length of each step in metres: one camera does not tell it.',
            floating_point_range=[FloatingPointRange(from_value=0.0, to_value=1000.0)],
            **fixed)).value
        rectified: bool = self.declare_parameter('rectified', False, ParameterDescriptor(
            description='Whether the images are rectified: then P of camera_info holds.',
            **fixed)).value
        self._camera: Camera | None = None
        self._join, self._odometry = Join(), Odometry(OPTICAL)
        self._path = Path()
        self._odometry_out = self.create_publisher(OdometryMessage, 'odometry', DEPTH)
        self._path_out = self.create_publisher(Path, 'path', DEPTH)
        self._transforms = self._open_tf()
        self.create_subscription(CameraInfo, 'camera_info',
                                 lambda message: self._on_info(message, rectified),
                                 qos_profile_sensor_data)
        for topic, add in (('features', self._join.add_features),
                           ('matches', self._join.add_matches)):
            self.create_subscription(PointCloud2, topic, self._taking(add), DEPTH)

    def _open_tf(self) -> Any:
        try:
            from tf2_ros import TransformBroadcaster
        except ImportError:
            self.get_logger().warning('tf2_ros does not import: nothing is published on /tf')
            return None
        return TransformBroadcaster(self)

    def _on_info(self, message: CameraInfo, rectified: bool) -> None:
        if self._camera is None:
            try:
                self._camera = camera_from_message(message, rectified)
            except CameraError as error:
                self.get_logger().warning(f'camera_info: {error}', throttle_duration_sec=WARN_S)

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
        if self._camera is None:
            self.get_logger().warning('no camera_info yet', throttle_duration_sec=WARN_S)
            return
        if matched.previous_ns is None:
            pose = self._odometry.begin(matched.stamp_ns)
        else:
            _, motion = two_view(matched.before, matched.now, self._camera)
            if motion is None:
                self.get_logger().warning('too few matches agree: the last motion is repeated',
                                          throttle_duration_sec=WARN_S)
            pose = self._odometry.step(matched.previous_ns, matched.stamp_ns, motion,
                                       self._length)
        self._odometry.forget_before(matched.stamp_ns - REMEMBERED_NS)
        self._publish(pose, matched.header)

    def _publish(self, pose: np.ndarray, header: Any) -> None:
        place, turn = pose[:3, 3].tolist(), quaternion_of(pose[:3, :3]).tolist()
        stamped = PoseStamped(pose=Pose(
            position=Point(**dict(zip('xyz', place, strict=True))),
            orientation=Quaternion(**dict(zip('xyzw', turn, strict=True)))))
        stamped.header.stamp, stamped.header.frame_id = header.stamp, self._frame
        message = OdometryMessage(header=stamped.header, child_frame_id=header.frame_id)
        message.pose.pose = stamped.pose
        self._odometry_out.publish(message)
        self._path.header = stamped.header
        self._path.poses = [*self._path.poses[-MOST_POSES + 1:], stamped]
        if self._path_out.get_subscription_count():
            self._path_out.publish(self._path)
        if self._transforms is not None:
            transform = TransformStamped(header=stamped.header, child_frame_id=header.frame_id)
            transform.transform.translation = Vector3(**dict(zip('xyz', place, strict=True)))
            transform.transform.rotation = stamped.pose.orientation
            self._transforms.sendTransform(transform)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until it is interrupted; return the exit code."""
    rclpy.init(args=None if args is None else list(args))
    node = OdometryBackend()
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())
