# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Calibration and ground truth that are topics of a bag."""
from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from residual_features_ros.errors import CommandError, ConversionError, TruncatedError
from residual_features_ros.geometry.pose import pose_from
from residual_features_ros.geometry.trajectory import Trajectory, in_order
from residual_features_ros.tools.bags.messages import messages_of, told
from residual_features_ros.tools.bags.rosbag import ImageBag, stamp_ns

INFO = 'sensor_msgs/msg/CameraInfo'
POSES = ('geometry_msgs/msg/PoseStamped', 'geometry_msgs/msg/TransformStamped',
         'geometry_msgs/msg/PoseWithCovarianceStamped', 'nav_msgs/msg/Odometry')


@dataclass(frozen=True)
class PoseFrames:
    """The frames that a message of a pose names.

    reference: in which the pose is.    child: whose pose it is, None where its type does not say.
    """

    reference: str
    child: str | None


def topics_of(bag: ImageBag, kinds: tuple[str, ...]) -> list[str]:
    """Return the topics of a bag that have one of some types."""
    with bag.open() as reader:
        return sorted({c.topic for c in reader.connections if c.msgtype in kinds and c.readable})


def info_topic(bag: ImageBag) -> str:
    """Return the CameraInfo topic beside the image topic, the bag's only one, or ''.

    It is the image topic with its last name replaced, as image_transport has it.
    """
    there = topics_of(bag, (INFO,))
    beside = info_beside(bag)
    return beside if beside in there else there[0] if len(there) == 1 else ''


def info_beside(bag: ImageBag) -> str:
    """Return the topic that the CameraInfo of the image topic has by convention."""
    return bag.topic.removesuffix('/compressed').rpartition('/')[0] + '/camera_info'


def first_info(bag: ImageBag, topic: str, notes: list[str]) -> Any:
    """Return the first readable CameraInfo of a topic, None where there is none."""
    for _, message in messages_of_topic(bag, topic, (INFO,), notes):
        if not isinstance(message, ConversionError):
            return message
    return None


def read_poses(bag: ImageBag, topic: str, notes: list[str],
               frames: set[PoseFrames] | None = None) -> tuple[Trajectory, int]:
    """Return the poses of a topic, and how many were left out: unreadable, not finite, or twice.

    Args:
        bag: to read from.
        topic: of poses.
        notes: gets a sentence where the topic is truncated.
        frames: gets those that the messages name.

    Raises:
        CommandError: the bag has no such topic of poses; names those that there are.
    """
    there = topics_of(bag, POSES)
    if topic not in there:
        raise CommandError(f'--groundtruth {topic}: no such file, and the bag has no such topic '
                           f'of poses{_other_type(bag, topic)}; its topics of poses: '
                           f'{", ".join(there) or "none"}')
    stamps, poses, bad = [], [], 0
    for time_ns, message in messages_of_topic(bag, topic, POSES, notes):
        if isinstance(message, ConversionError):
            bad += 1
            continue
        stamps.append(stamp_ns(message) or time_ns)
        poses.append(_pose(message))
        if frames is not None:
            frames.add(PoseFrames(message.header.frame_id,
                                  getattr(message, 'child_frame_id', None)))
    back = int(np.sum(np.diff(stamps) < 0))
    if back:
        notes.append(f'the stamps of {topic} jump back {back} times: its poses were put in the '
                     'order of their stamps, those of two rounds among each other')
    trajectory, left_out = in_order(np.array(stamps), np.array(poses))
    return trajectory, left_out + bad


def _other_type(bag: ImageBag, topic: str) -> str:
    """Return in brackets which type a topic has that is none of poses, '' for no topic."""
    with bag.open() as reader:
        kinds = {c.msgtype for c in reader.connections if c.topic == topic}
    return f' (it is of {", ".join(sorted(kinds))})' if kinds else ''


def _pose(message: Any) -> np.ndarray:
    """Return the pose (4, 4) of any of POSES."""
    if hasattr(message, 'transform'):
        place, turn = message.transform.translation, message.transform.rotation
    else:
        pose = message.pose.pose if hasattr(message.pose, 'pose') else message.pose
        place, turn = pose.position, pose.orientation
    return pose_from(np.array([place.x, place.y, place.z]),
                     np.array([turn.x, turn.y, turn.z, turn.w]))


def messages_of_topic(bag: ImageBag, topic: str, kinds: Collection[str],
              notes: list[str]) -> Iterator[tuple[int, Any]]:
    """Yield (bag time in ns, message or ConversionError); a truncated topic is noted."""
    count = 0
    try:
        for count, item in enumerate(messages_of(bag, topic, kinds, notes), 1):  # noqa: B007
            yield item
    except TruncatedError as error:
        notes.append(told(error, topic, f'{count} messages', 'used'))
