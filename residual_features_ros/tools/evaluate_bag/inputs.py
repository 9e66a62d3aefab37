# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What an evaluation stands on: images, camera, ground truth, and what is missing."""
from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.calibration import camera_from_message, camera_from_yaml
from residual_features_ros.errors import CameraError, CommandError
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.pose import pose_from
from residual_features_ros.geometry.trajectory import Trajectory
from residual_features_ros.tools.bags.images import BagImages
from residual_features_ros.tools.bags.masks import BagMask, BagMasks, read_masks
from residual_features_ros.tools.bags.rosbag import ImageBag
from residual_features_ros.tools.bags.topics import (
    INFO,
    POSES,
    first_info,
    info_beside,
    info_topic,
    topics_of,
)
from residual_features_ros.tools.evaluate_bag.options import InputOptions
from residual_features_ros.tools.evaluate_bag.truth_files import read_truth
from residual_features_ros.tools.evaluate_bag.truth_topics import read_truth_topic

NO_CAMERA = 'no poses, and inliers are those of a fundamental matrix'


@dataclass(frozen=True)
class Inputs:
    """What the methods are compared on.

    camera, ground_truth, masks: None where there is none.
    notes: sentences about what is missing.
    jumped: times that are not those of the ground truth's clock, see BagImages.
    """

    images: BagImages
    camera: Camera | None
    camera_source: str
    ground_truth: Trajectory | None
    tolerance_ns: int
    notes: list[str] = field(default_factory=list)
    jumped: Collection[int] = ()
    masks: BagMasks | None = None

    def masked_images(self) -> Iterator[tuple[int, np.ndarray, BagMask | None]]:
        """Yield the stamp in ns of each image, the image and its mask."""
        for stamp, image in self.images:
            newest = self.images.newest
            yield stamp, image, self.masks.of(newest, image.shape) \
                if self.masks and newest else None

    def true_pose(self, stamp_ns: int) -> np.ndarray | None:
        """Return the true pose (4, 4) of an image, None where there is none."""
        truth = self.ground_truth
        if truth is None or stamp_ns in self.jumped:
            return None
        return truth.at(stamp_ns, self.tolerance_ns)

    def fitted_to(self, size: tuple[int, int]) -> Inputs:
        """Return the inputs without a camera that is for images of another size (w, h)."""
        if self.camera is None or self.camera.size in ((0, 0), size):
            return self
        theirs = 'x'.join(map(str, self.camera.size))
        return dataclasses.replace(self, camera=None, camera_source='none', notes=[
            *self.notes, f'{self.camera_source} is for images of {theirs}, these have '
            f'{size[0]}x{size[1]}: {NO_CAMERA}'])


def open_inputs(options: InputOptions) -> Inputs:
    """Open the bag, the camera and the ground truth.

    Raises:
        CommandError: what was named is not there; what was not named is a note.
    """
    bag = ImageBag(options.bag, options.topic, True, options.mask_topic)
    notes = list(bag.notes)
    camera, source = _camera(bag, options.camera_info, notes)
    truth = _truth(bag, options, notes)
    images = BagImages(bag, options.step, options.max_frames)
    masks = read_masks(bag, options.mask_topic, notes) if options.mask_topic else None
    return Inputs(images, camera, source, truth, round(options.tolerance_s * 1e9), notes,
                  images.jumped, masks)


def _camera(bag: ImageBag, asked: str, notes: list[str]) -> tuple[Camera | None, str]:
    rectified = is_rectified(bag.topic)
    if asked and Path(asked).is_file():
        try:
            return camera_from_yaml(Path(asked), rectified), asked
        except CameraError as error:
            raise CommandError(str(error)) from error
    topic, there = asked or info_topic(bag), topics_of(bag, (INFO,))
    message = first_info(bag, topic, notes) if topic in there else None
    if message is None and asked:
        raise CommandError(f'--camera-info {asked}: no such file, and the bag has no readable '
                           'CameraInfo on such a topic; its topics of CameraInfo: '
                           f'{", ".join(there) or "none"}')
    if message is None:
        notes.append(f'{_no_info(bag, topic, there)}, and --camera-info names none: {NO_CAMERA}')
        return None, 'none'
    if not asked and topic != info_beside(bag):
        notes.append(f'{topic} is the only CameraInfo of the bag and is taken, though it is not '
                     f'beside {bag.topic}; --camera-info names another')
    try:
        return camera_from_message(message, rectified), topic
    except CameraError as error:
        if asked:
            raise CommandError(f'{topic}: {error}') from error
        notes.append(f'{topic}: {error}: {NO_CAMERA}')
        return None, 'none'


def is_rectified(topic: str) -> bool:
    """Return whether an image topic is called rectified, as image_rect or color/rect/image."""
    names = topic.removesuffix('/compressed').split('/')[-2:]
    return any(word.startswith('rect') for name in names for word in name.split('_'))


def _no_info(bag: ImageBag, topic: str, there: list[str]) -> str:
    if topic:
        return f'{topic} has no readable CameraInfo'
    if there:
        return f'no CameraInfo is beside {bag.topic}, the bag has {", ".join(there)}'
    return 'the bag has no CameraInfo'


def _truth(bag: ImageBag, options: InputOptions, notes: list[str]) -> Trajectory | None:
    asked = options.groundtruth
    if not asked:
        there = topics_of(bag, POSES)
        also = f' (the bag has poses on {", ".join(there)})' if there else ''
        notes.append(f'no ground truth was named by --groundtruth{also}: no errors of poses, and '
                     'the trajectories have steps of length 1')
        return None
    times = Path(options.groundtruth_times) if options.groundtruth_times else None
    in_camera = options.camera_in_body is not None
    truth, left_out = read_truth(Path(asked), times, bag, in_camera, notes) \
        if Path(asked).is_file() else read_truth_topic(bag, asked, in_camera, notes)
    if left_out:
        notes.append(f'{left_out} poses of {asked} were left out: not readable, or a time twice')
    if not len(truth):
        notes.append(f'{asked} has no pose: no ground truth')
        return None
    if options.camera_in_body is None:
        return truth
    numbers = np.array(options.camera_in_body)
    return truth.moved_to(pose_from(numbers[:3], numbers[3:]))
