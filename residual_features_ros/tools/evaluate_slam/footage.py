# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The images of a bag or of a data set, their camera and where it truly was."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.image_files import read_image
from residual_features_ros.datasets.layouts import open_scenes
from residual_features_ros.datasets.posed_images import Scene
from residual_features_ros.errors import CommandError
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.pose import inverse, pose_matrix
from residual_features_ros.tools.bags.bag_paths import paths_of
from residual_features_ros.tools.bags.rosbag import ImageBag
from residual_features_ros.tools.bags.topics import POSES, topics_of
from residual_features_ros.tools.evaluate_bag.inputs import open_inputs
from residual_features_ros.tools.evaluate_bag.options import InputOptions
from residual_features_ros.tools.evaluate_slam.options import EvaluateSlamOptions

VIDEOS = ('kitti', 'rgbd', 'tum', 'euroc')
TRUTH = '/groundtruth'


@dataclass(frozen=True)
class Footage:
    """A video with true poses.

    images: yield (stamp in ns, image), once more for each method.
    true_pose: (stamp in ns) -> (4, 4) world from camera, None where it is not known.
    notes: sentences about what is missing, complete after the last image.
    """

    name: str
    images: Iterable[tuple[int, np.ndarray]]
    camera: Camera
    true_pose: Callable[[int], np.ndarray | None]
    notes: Callable[[], list[str]]


def open_footage(options: EvaluateSlamOptions) -> Footage:
    """Open a bag or a data set.

    Raises:
        CommandError: there is no camera or no ground truth, or what was named is not there.
        DatasetError: a data set that is not one video; says what was looked for.
    """
    if options.source.is_file() or paths_of(options.source).files:
        return _of_bag(options)
    scenes = open_scenes(options.source, VIDEOS)
    if len(scenes) > 1:
        raise CommandError(f'{options.source}: holds {len(scenes)} videos, name one of '
                           f'{", ".join(scene.name for scene in scenes)}')
    return _of_scene(scenes[0], options)


def _of_bag(options: EvaluateSlamOptions) -> Footage:
    truth = options.groundtruth
    if not truth and TRUTH in topics_of(ImageBag(options.source, options.topic, True), POSES):
        truth = TRUTH
    inputs = open_inputs(InputOptions(options.source, options.topic, step=options.step,
                                      max_frames=options.max_frames, groundtruth=truth))
    if inputs.camera is None or inputs.ground_truth is None:
        raise CommandError(f'{options.source}: {"; ".join(inputs.notes)}')
    return Footage(options.source.name, inputs.images, inputs.camera, inputs.true_pose,
                   lambda: [*inputs.notes, *inputs.images.notes])


@dataclass(frozen=True)
class _Files:
    """Iterates (stamp in ns, image) of files."""

    files: list[tuple[int, Path]]

    def __iter__(self) -> Iterator[tuple[int, np.ndarray]]:
        for stamp_ns, path in self.files:
            yield stamp_ns, read_image(path)


def _of_scene(scene: Scene, options: EvaluateSlamOptions) -> Footage:
    period_ns = round(1e9 / options.hz)
    chosen = [(number * period_ns, image) for number, image
              in zip(scene.numbers, scene.images, strict=True)]
    chosen = chosen[::options.step][:options.max_frames]
    poses = {stamp: inverse(pose_matrix(image.R, image.t)) for stamp, image in chosen}
    return Footage(scene.name, _Files([(stamp, image.path) for stamp, image in chosen]),
                   chosen[0][1].camera, poses.get, list)
