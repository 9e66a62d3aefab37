# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photographs whose poses nobody knows, as ETH's local feature benchmark publishes its scenes.

<scene>/images/*, and <scene>/database.db where COLMAP's cameras are known; or a folder of images.

Source of the layout: ETH's instructions (github.com/ahojnnes/local-feature-evaluation).
"""
from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.colmap import FOCAL_LENGTHS, camera_of
from residual_features_ros.datasets.image_files import ENDINGS, image_size, list_images
from residual_features_ros.datasets.image_folders import files_below
from residual_features_ros.datasets.posed_images import UNKNOWN, PosedImage, Scene
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.camera import Camera

DATABASE, IMAGES = 'database.db', 'images'
EXPECTS = 'images/ and, where cameras are known, database.db (ETH), or three images or more'
LEAST = 3  # images of a scene, of which a model has no fewer
FOCAL = 1.2  # longer sides of an image, COLMAP's own guess where it knows nothing


def folders(root: Path, deepest: int, taken: Collection[Path]) -> list[Path]:
    """Return the folders of scenes at or below `root`, the nearest first.

    A folder of images alone counts only where there is nothing else, neither such a scene nor one
    of another layout: it may as well hold pictures of anything.

    Args:
        root: a folder.
        deepest: how many folders below it are looked into.
        taken: folders of other layouts' scenes; what lies in them is theirs.
    """
    inside = (folder for depth in range(1, deepest + 1)
              for folder in sorted(root.glob('/'.join('*' * depth))))
    below = [folder for folder in (root, *inside)
             if folder.is_dir() and not _hidden(folder.relative_to(root))
             and not {folder, *folder.parents} & set(taken)]
    marked: list[Path] = []
    for folder in below:  # the nearest first; what lies in a scene is its own
        if not set(folder.parents) & set(marked) and (
                (folder / DATABASE).is_file() or _count(folder / IMAGES) >= LEAST):
            marked.append(folder)
    if marked or taken:
        return marked
    return [folder for folder in below if _count(folder) >= LEAST]


def read(folder: Path, name: str) -> Scene:
    """Return the photographs of a scene, those of its database where it has one.

    Without a database each image has a camera of its own, whose focal length is a guess.

    Raises:
        DatasetError: a database that is none, an image of it that is missing, fewer than three
            images, or one that cannot be read.
    """
    images = folder / IMAGES if (folder / IMAGES).is_dir() else folder
    if (folder / DATABASE).is_file():
        return Scene(name, images, tuple(_of_database(folder / DATABASE, images)))
    return Scene(name, images, tuple(
        PosedImage(path.name, path, guess(image_size(path)), UNKNOWN, UNKNOWN[0])
        for path in list_images(images, LEAST)))


def guess(size: tuple[int, int]) -> Camera:
    """Return a camera for images of a size (width, height) in pixels of which nothing is known."""
    width, height = size
    focal = FOCAL * max(size)
    return Camera(np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2],
                            [0, 0, 1]]), size, guessed=True)


def _of_database(path: Path, images: Path) -> Iterator[PosedImage]:
    """Yield the images of COLMAP's database, read alone: COLMAP itself would bring it up to date.

    Those of one camera share the object.
    """
    # Else SQLite lays files of its own beside it, which a folder may not allow.
    way = 'mode=ro' if path.with_name(f'{path.name}-wal').exists() else 'immutable=1'
    try:
        with contextlib.closing(sqlite3.connect(f'{path.resolve().as_uri()}?{way}',
                                                uri=True)) as database:
            cameras = {number: _camera(*row) for number, *row in database.execute(
                'SELECT camera_id, model, width, height, params, prior_focal_length '
                'FROM cameras')}
            rows = database.execute('SELECT name, camera_id FROM images ORDER BY name').fetchall()
        found = [(name, cameras[camera]) for name, camera in rows]
    except (sqlite3.Error, KeyError, ValueError) as error:
        raise DatasetError(f'{path}: no database of COLMAP to use ({error})') from error
    missing = [name for name, _ in found if not (images / name).is_file()]
    if missing:
        raise DatasetError(f'{images / missing[0]}: no such file, one of {len(missing)} of '
                           f'{len(found)} images that {path} has')
    if len(found) < LEAST:
        raise DatasetError(f'{path}: {len(found)} images, {LEAST} are the least')
    for name, camera in found:
        yield PosedImage(name, images / name, camera, UNKNOWN, UNKNOWN[0])


def _camera(model: int, width: int, height: int, params: bytes, prior: int) -> Camera:
    names = list(FOCAL_LENGTHS)
    lens = camera_of(names[model] if 0 <= model < len(names) else str(model), width, height,
                     np.frombuffer(params))
    return Camera(lens.K, lens.size, lens.distortion, guessed=not prior)


def _count(folder: Path) -> int:
    return len(files_below(folder, ENDINGS, deep=False)) if folder.is_dir() else 0


def _hidden(path: Path) -> bool:
    return any(part.startswith('.') for part in path.parts)
