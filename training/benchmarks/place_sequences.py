# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Sequences of images, and which earlier images of each show the same place."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.image_files import ENDINGS
from residual_features_ros.datasets.image_folders import files_below
from residual_features_ros.datasets.layouts import LAYOUTS, POSED, folders, open_scenes, scene_name
from residual_features_ros.datasets.posed_images import Scene
from residual_features_ros.errors import DatasetError

TOO_NEAR, NEIGHBOURS = 5, 20  # frames: nearer is no answer; up to here images show the same
DOUBT = 1.5  # up to so many times what is right an answer is neither right nor wrong
LEAST_IMAGES = 2 * TOO_NEAR
LEAST_REVISITS = 10  # images that see again what was seen more than NEIGHBOURS before


@dataclass(frozen=True)
class PlaceSequence:
    """Images of one camera in order.

    paths: the files.    numbers: (N,) frame of each, ascending.
    centres: (N, 3) where they were taken, axes: (N, 3) unit optical axes; None without poses.
    """

    name: str
    paths: tuple[Path, ...]
    numbers: np.ndarray
    centres: np.ndarray | None = None
    axes: np.ndarray | None = None

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.paths)


@dataclass(frozen=True)
class Truth:
    """What is right for each image.

    kind: 'revisits' by pose, or 'neighbours' by frame.
    allowed: (N, N) bool, which earlier images may be an answer: those TOO_NEAR frames before and
        more, and where revisits count those more than NEIGHBOURS before.
    right: (N, N) bool, which of those show the place of the image of the row.
    doubtful: (N, N) bool, which of the others may show it: within DOUBT of the limits.
    """

    kind: str
    allowed: np.ndarray
    right: np.ndarray
    doubtful: np.ndarray


def open_sequences(root: Path, names: Iterable[str] = ()) -> list[PlaceSequence]:
    """Return the sequences below `root`, or below its folders `names`, by name.

    A folder has posed scenes (layouts.POSED), or each folder in it that has LEAST_IMAGES is a
    sequence without poses.

    Raises:
        DatasetError: a folder with neither, or two sequences of one name.
    """
    found = []
    for folder in [root / name for name in names] or [root]:
        if any(next(folders(folder, LAYOUTS[name].marker), None) for name in POSED):
            here = [of_scene(scene, scene_name(root, folder)) for scene in open_scenes(folder)]
        else:
            here = image_sequences(root, folder)
        if not here:
            raise DatasetError(f'{folder}: no posed scene in it, and no folder of {LEAST_IMAGES} '
                               'images or more')
        found += here
    twice = {one.name for one in found if sum(one.name == other.name for other in found) > 1}
    if twice:
        raise DatasetError(f'{root}: several sequences {", ".join(sorted(twice))}')
    return found


def of_scene(scene: Scene, folder: str) -> PlaceSequence:
    """Return the images of a posed scene, called FOLDER/SCENE."""
    name = folder if scene.name == Path(folder).name else f'{folder}/{scene.name}'
    numbers = np.array(scene.numbers or range(len(scene.images)))
    return PlaceSequence(name, tuple(image.path for image in scene.images), numbers,
                         np.array([image.centre for image in scene.images]),
                         np.array([image.R[2] for image in scene.images]))


def image_sequences(root: Path, folder: Path) -> list[PlaceSequence]:
    """Return each folder at or below `folder` that has enough images."""
    if not folder.is_dir():
        raise DatasetError(f'{folder}: no such folder')
    inside: dict[Path, list[Path]] = {}
    for path in files_below(folder, ENDINGS):
        inside.setdefault(path.parent, []).append(path)
    return [PlaceSequence(scene_name(root, home), tuple(paths), np.arange(len(paths)))
            for home, paths in sorted(inside.items()) if len(paths) >= LEAST_IMAGES]


def truth_of(sequence: PlaceSequence, revisit: tuple[float, float]) -> Truth:
    """Return what is right: by pose where enough images come back to a place, else by frame.

    Args:
        sequence: of images.
        revisit: distance and degrees up to which poses are of one place.
    """
    gaps = sequence.numbers[:, None] - sequence.numbers[None]
    if sequence.centres is not None and sequence.axes is not None:
        allowed = gaps > NEIGHBOURS
        right = allowed & same_place(sequence.centres, sequence.axes, *revisit)
        if right.any(1).sum() >= LEAST_REVISITS:
            near = same_place(sequence.centres, sequence.axes, *(
                DOUBT * limit for limit in revisit))
            return Truth('revisits', allowed, right, allowed & near & ~right)
    allowed = gaps >= TOO_NEAR
    return Truth('neighbours', allowed, allowed & (gaps <= NEIGHBOURS),
                 (gaps > NEIGHBOURS) & (gaps <= DOUBT * NEIGHBOURS))


def same_place(centres: np.ndarray, axes: np.ndarray, distance: float,
               degrees: float) -> np.ndarray:
    """Return which of N poses are near each other (N, N) and look the same way."""
    apart = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    return (apart <= distance) & (axes @ axes.T >= np.cos(np.radians(min(degrees, 180))))
