# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The images to learn from as one stream with a camera, whatever they are kept in."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from residual_features_ros.datasets.image_files import list_images, read_image
from residual_features_ros.datasets.layouts import LAYOUTS, open_scenes
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.tools.evaluate_bag.inputs import open_inputs
from residual_features_ros.tools.evaluate_bag.options import InputOptions
from training.learn.options import LearnOptions


class Images(Protocol):
    """Images in the order of time."""

    def __iter__(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield stamps in ns, or numbers, and images (H, W) or (H, W, 3) uint8."""


@dataclass(frozen=True)
class Source:
    """A sequence.

    expected: images that there should be, 0 where nobody knows.
    camera: None where it is not known.
    notes: sentences about what is missing.
    counts: gives the images that were never yielded, by what became of them.
    """

    images: Images
    expected: int
    camera: Camera | None = None
    notes: list[str] = field(default_factory=list)
    counts: Callable[[], Mapping[str, int]] = dict


@dataclass(frozen=True)
class Files:
    """Images of files, in their order."""

    paths: tuple[Path, ...]

    def __iter__(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the number of each file, and its image."""
        for number, path in enumerate(self.paths):
            yield number, read_image(path)


def open_source(options: LearnOptions) -> Source:
    """Open what the options name.

    Raises:
        CommandError: no such bag or topic.
        DatasetError: no such folder, or nothing of that layout in it.
    """
    if options.bag:
        inputs = open_inputs(InputOptions(options.bag, options.topic))
        notes = [note for note in inputs.notes if 'ground truth' not in note]
        return Source(inputs.images, inputs.images.expected() or 0, inputs.camera, notes)
    if options.images:
        paths = tuple(list_images(options.images))
        return Source(Files(paths), len(paths))
    if options.sequence is None:
        raise DatasetError('nothing to learn from: name a bag, images or a sequence')
    scenes = open_scenes(options.sequence, LAYOUTS)
    if len(scenes) > 1:
        raise DatasetError(f'{options.sequence}: {len(scenes)} sequences, name one of them: '
                           + ', '.join(scene.name for scene in scenes))
    posed = scenes[0].images
    return Source(Files(tuple(image.path for image in posed)), len(posed), posed[0].camera)
