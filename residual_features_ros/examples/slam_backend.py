# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An example of a SLAM back-end: a map from features, bags of words and camera_info alone.

ros2 run residual_features_ros slam_backend --ros-args -r __ns:=/camera

It takes no image. In: features, place and loop_candidates (sensor_msgs/PointCloud2),
features_info (std_msgs/String), camera_info, and ~/reset (std_msgs/Empty). Out: pose
(geometry_msgs/PoseStamped) of each image that has one, path (nav_msgs/Path) as the map has it now,
points (sensor_msgs/PointCloud2). Poses are those of the optical frame in the frame `map_frame`,
whose origin is the first keyframe and whose unit the median depth there: one camera tells none.
Without place, which needs a vocabulary, no loop is closed to where the camera has not just been.
"""
from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from geometry_msgs.msg import Point, Pose, PoseStamped, Quaternion
from nav_msgs.msg import Path
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, PointCloud2
from std_msgs.msg import Empty, Header, String

from residual_features_ros.datasets.calibration import camera_from_message
from residual_features_ros.errors import CameraError, ConversionError
from residual_features_ros.examples.frames import stamp_of, to_ns
from residual_features_ros.examples.slam.slam import Slam
from residual_features_ros.examples.slam.slam_config import SlamConfig
from residual_features_ros.geometry.pose import quaternion_of
from residual_features_ros.ros.conversions import features_from_message, rows_to_message
from residual_features_ros.ros.node_config import NodeConfig
from residual_features_ros.ros.parameters import NodeParameters
from residual_features_ros.ros.place_messages import loops_from_message, place_from_message
from residual_features_ros.ros.runner import run
from residual_features_ros.ros.troubles import Troubles
from residual_features_ros.ros.worker import NewestFirstWorkers

DEPTH = 10
MOST_POSES = 2000  # of the path
BEFORE_ALL = 0, -1  # a stamp
POINT = np.dtype([('x', '<f4'), ('y', '<f4'), ('z', '<f4')])


@dataclasses.dataclass
class Image:
    """The messages of one image; place and loop_candidates may be missing."""

    features: Any
    place: Any = None
    loop_candidates: Any = None


class SlamBackend(Node):
    """Joins the messages of each image, hands them to Slam and publishes what that has found."""

    def __init__(self) -> None:
        """Declare parameters, open topics; ConfigError, ImportError where GTSAM is missing."""
        super().__init__('slam_backend')
        not_here = [field.name for field in dataclasses.fields(NodeConfig)]
        self.settings = NodeParameters(self, [SlamConfig(), NodeConfig()], not_here)
        self._frame = self.settings.get(SlamConfig).map_frame
        self._info: dict[str, Any] | None = None
        self._calibration: CameraInfo | None = None
        self._slam: Slam | None = None
        self._image: Image | None = None  # the newest, whose words may be still to come
        self._last_ns = -1
        self._weights: str | None = None  # of the descriptors in the map
        self._troubles = Troubles(self.get_logger().warning)
        self._outputs = {name: self.create_publisher(kind, name, DEPTH) for name, kind in (
            ('pose', PoseStamped), ('path', Path), ('points', PointCloud2))}
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.create_subscription(String, 'features_info', self._on_features_info, latched)
        self.create_subscription(CameraInfo, 'camera_info', self._on_camera_info,
                                 qos_profile_sensor_data)
        for name in ('features', 'place', 'loop_candidates'):
            self.create_subscription(PointCloud2, name, self._taking(name), DEPTH)
        self.create_subscription(Empty, '~/reset', lambda _: self._reset('asked to'), DEPTH)
        self._worker: NewestFirstWorkers[Image] = NewestFirstWorkers(
            lambda image, place: self._work(image))

    def begin(self) -> None:
        """Do nothing more: the topics are open since the node was made; see runner.run."""

    def destroy_node(self) -> None:
        """End the thread, then the node."""
        self._worker.stop()
        super().destroy_node()

    def _on_features_info(self, message: String) -> None:
        self._info = json.loads(message.data)

    def _on_camera_info(self, message: CameraInfo) -> None:
        self._calibration = message

    def _taking(self, name: str) -> Callable[[PointCloud2], None]:
        """Return what joins messages to images: those of one stamp, of which features come first.

        An image goes on when its words have come, or the next image.
        """
        def take(message: PointCloud2) -> None:
            image = self._image
            if name == 'features':
                if image is not None:
                    self._hand_over(image)
                self._image = image = Image(message)
            elif image is not None and stamp_of(message) == stamp_of(image.features):
                setattr(image, name, message)
            else:
                self._troubles.say('words', f'{name} of an image whose features are not there: '
                                   'not used')
                return
            if all(getattr(image, other) is not None for other in self._awaited()):
                self._hand_over(image)
                self._image = None
        return take

    def _awaited(self) -> list[str]:
        """Return which messages follow the features of an image, by what features_info says."""
        info = self._info or {}
        follow = {'place': info.get('vocabulary'),
                  'loop_candidates': (info.get('loops') or {}).get('loop_candidates')}
        return [name for name, there in follow.items() if there]

    def _hand_over(self, image: Image) -> None:
        if self._worker.put(image):
            self._troubles.say('fast', 'images come faster than they are tracked: the older one '
                               'was left out')

    def _reset(self, why: str) -> None:
        self.get_logger().warning(f'the map is given up: {why}')
        self._slam = None

    def _work(self, image: Image) -> None:
        """Track an image, in a thread of its own, and publish what came of it."""
        try:
            self._track(image)
        except (CameraError, ConversionError, ValueError, KeyError) as error:
            self._troubles.say('image', f'an image cannot be used: {error}')

    def _track(self, image: Image) -> None:
        if self._info is None or self._calibration is None:
            self._troubles.say('info', 'no features_info or no camera_info yet')
            return
        stamp_ns = to_ns(stamp_of(image.features))
        if stamp_ns < self._last_ns:
            self._reset('the stamp went back')
        self._last_ns = stamp_ns
        if self._of_other_weights(stamp_ns):
            self._reset('other weights describe the images')
        if self._slam is None:
            self._weights = self._info.get('weights_sha256')
            camera = camera_from_message(self._calibration,
                                         self._info.get('image_geometry') == 'rectified')
            self._slam = Slam(camera, self.settings.get(SlamConfig))
        slam, before = self._slam, dict(self._slam.counts)
        pose = slam.add(stamp_ns, features_from_message(image.features, self._info),
                        image.place and place_from_message(image.place),
                        [to_ns(found.stamp) for found in loops_from_message(image.loop_candidates)]
                        if image.loop_candidates else [])
        for what in ('begun', 'lost', 'given up', 'relocalised', 'loops', 'unsolved'):
            if slam.counts[what] > before.get(what, 0):
                self.get_logger().info(f'{what}: image of {stamp_ns / 1e9:.3f} s')
        if pose is not None:
            self._publish(slam, pose, image.features.header.stamp)

    def _of_other_weights(self, stamp_ns: int) -> bool:
        """Return whether the descriptors of an image are not comparable to those of the map."""
        info = self._info or {}
        return (self._slam is not None and info.get('weights_sha256') != self._weights
                and stamp_ns > to_ns(info.get('weights_after') or BEFORE_ALL))

    def _publish(self, slam: Slam, pose: np.ndarray, stamp: Any) -> None:
        header = Header(stamp=stamp, frame_id=self._frame)
        outputs = self._outputs
        outputs['pose'].publish(PoseStamped(header=header, pose=_pose(pose)))
        if outputs['path'].get_subscription_count():
            way = slam.trajectory()
            outputs['path'].publish(Path(header=header, poses=[
                PoseStamped(header=_header(ns, self._frame), pose=_pose(known)) for ns, known
                in zip(way.stamps_ns[-MOST_POSES:].tolist(), way.poses[-MOST_POSES:],
                       strict=True)]))
        if outputs['points'].get_subscription_count():
            places = slam.points().astype(np.float32)
            rows = np.ascontiguousarray(places).view(POINT).reshape(-1)
            outputs['points'].publish(rows_to_message(rows, header))


def _header(stamp_ns: int, frame: str) -> Header:
    header = Header(frame_id=frame)
    header.stamp.sec, header.stamp.nanosec = divmod(stamp_ns, 10**9)
    return header


def _pose(pose: np.ndarray) -> Pose:
    place, turn = pose[:3, 3].tolist(), quaternion_of(pose[:3, :3]).tolist()
    return Pose(position=Point(**dict(zip('xyz', place, strict=True))),
                orientation=Quaternion(**dict(zip('xyzw', turn, strict=True))))


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until it is interrupted; return the exit code."""
    return run(SlamBackend, args)


if __name__ == '__main__':
    sys.exit(main())
