# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which images are to train on and which are held out to choose by, stated once for both.

Photographs are told apart by data.sources.images.split; here are exposure pairs, drives of a
video, and the frames of a video in one place. All are told apart by the order of their names.
"""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from residual_features_ros.datasets.image_files import list_images
from residual_features_ros.errors import DatasetError

Item = TypeVar('Item')
ExposurePair = tuple[Path, Path]


def halves(items: Sequence[Item]) -> tuple[Sequence[Item], Sequence[Item]]:
    """Return the first half, to train on, and the second, held out; an odd one is trained on.

    Frames of a video in one place (rgbd/seven_scenes) are told apart so: the second half is held
    out, and no pair has a frame of either.
    """
    middle = (len(items) + 1) // 2
    return items[:middle], items[middle:]


def exposure_halves(folder: Path) -> tuple[Sequence[ExposurePair], Sequence[ExposurePair]]:
    """Return pairs of one view under two exposures: to train on, and held out.

    Args:
        folder: of folders, each with the images 1.* (under-exposed) and 2.* (over-exposed).

    Raises:
        DatasetError: there are fewer than two folders, or one has other images.
    """
    return halves([exposure_pair(path) for path in _folders(folder, 'exposure pairs')])


def exposure_pair(folder: Path) -> ExposurePair:
    """Return the images 1.* and 2.* of a folder; DatasetError where it has others."""
    images = list_images(folder)
    if [path.stem for path in images] != ['1', '2']:
        raise DatasetError(f'{folder}: not an exposure pair, its images are '
                           f'{", ".join(path.name for path in images)} and not 1.* and 2.*')
    return images[0], images[1]


def drives(folder: Path) -> tuple[Sequence[Path], Path]:
    """Return the folders of drives to train on, and the one that is held out: the last by name.

    Args:
        folder: of folders of frames (video/camvid).

    Raises:
        DatasetError: there are fewer than two.
    """
    *training, held_out = _folders(folder, 'drives')
    return training, held_out


def _folders(folder: Path, what: str) -> list[Path]:
    """Return the folders in a folder, by name; DatasetError where there are fewer than two."""
    found = sorted(path for path in folder.glob('[!.]*') if path.is_dir())
    if len(found) < 2:
        raise DatasetError(f'{folder}: {len(found)} folders of {what}, two are the least: one to '
                           'train on and one that is held out')
    return found
