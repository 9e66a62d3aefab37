# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Ground truth that is a topic of the bag: whose poses it has."""
from __future__ import annotations

import contextlib
from collections.abc import Collection

from residual_features_ros.errors import CommandError, ConversionError, TruncatedError
from residual_features_ros.geometry.trajectory import Trajectory
from residual_features_ros.tools.bags.origin import read_origin
from residual_features_ros.tools.bags.rosbag import ImageBag
from residual_features_ros.tools.bags.topics import PoseFrames, read_poses


def read_truth_topic(bag: ImageBag, topic: str, in_camera: bool,
                     notes: list[str]) -> tuple[Trajectory, int]:
    """Return the poses of a topic, and how many messages were left out.

    Args:
        bag: to read from.
        topic: of poses.
        in_camera: whether it is known where the camera is in the body of the poses.
        notes: gets sentences on what was assumed.

    Raises:
        CommandError: the bag has no such topic of poses; names those that there are.
    """
    frames: set[PoseFrames] = set()
    truth, left_out = read_poses(bag, topic, notes, frames)
    origin = read_origin(bag, notes)
    if not origin or origin.poses_of_camera != topic:
        notes += [f'{topic} {words}' for words in about(frames, image_frame(bag), in_camera)]
    return truth, left_out


def image_frame(bag: ImageBag) -> str:
    """Return the frame_id of the first image that can be read, '' for none."""
    with contextlib.suppress(CommandError, ConversionError, TruncatedError):
        for _, message in bag.messages(1):
            return str(message.header.frame_id)
    return ''


def about(frames: Collection[PoseFrames], image_frame: str, in_camera: bool) -> list[str]:
    """Return sentences on whose poses the messages of a topic are, if not the camera's.

    Args:
        frames: that they name.
        image_frame: frame_id of the images.
        in_camera: whether it is known where the camera is in the body.
    """
    said = []
    for name, found in (('child_frame_id', {f.child for f in frames if f.child is not None}),
                        ('frame_id', {f.reference for f in frames})):
        if len({_plain(frame) for frame in found}) > 1:
            said.append(f'has poses of more than one {name} ({_names(found)}): they are taken as '
                        'one trajectory')
    bodies = {frame.child for frame in frames}
    own = {_plain(body or '') for body in bodies} == {_plain(image_frame)} and image_frame
    if own and in_camera:
        said.append(f'gives poses of {_names(bodies)}, the frame of the images: --camera-in-body '
                    'moves them from there')
    if bodies and not own and not in_camera:
        said.append(f'{_whose(frames, image_frame)}, and without --camera-in-body they are taken '
                    'as those of the camera: directions and ATE are those of the body')
    return said


def _whose(frames: Collection[PoseFrames], image_frame: str) -> str:
    bodies = {frame.child for frame in frames if frame.child}
    if not bodies:
        return (f'gives poses in {_names({frame.reference for frame in frames})} and names no '
                'child_frame_id, so that it is not known whose they are')
    images = f'the images name {image_frame}' if image_frame else 'the images name no frame'
    return f'gives poses of {_names(bodies)} ({images})'


def _names(frames: Collection[str | None]) -> str:
    return ', '.join(sorted(frame or 'a frame without name' for frame in frames))


def _plain(frame: str) -> str:
    """Return a frame's name without the slash that tf of ROS 1 wrote before it."""
    return frame.removeprefix('/')
