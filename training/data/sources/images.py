# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photographs by name, and the folder of them (COCO's layout is one): listed, split, read."""
from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from residual_features_ros.datasets.image_files import ENDINGS, read_image
from residual_features_ros.datasets.image_folders import files_below


class ImageSource(Protocol):
    """Photographs by name: a folder or a pack (packed.py), a frozen dataclass that pickles.

    path: where they are. names: 'stills/coco/1.jpg', from the folder's own name on.
    """

    @property
    def path(self) -> Path:
        """Return where they are."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return their names."""

    def read(self, name: str) -> np.ndarray:
        """Return (H, W, 3) BGR uint8; ValueError names a picture that cannot be read."""


@dataclass(frozen=True)
class Folder:
    """Photographs below the folder `path`, an ImageSource."""

    path: Path
    names: tuple[str, ...]

    def read(self, name: str) -> np.ndarray:
        """Return (H, W, 3) BGR uint8; ValueError names a file that is no image."""
        return read_image(self.path.parent / name)


def open_folder(folder: str | Path) -> Folder:
    """Return all image files below `folder`, sorted; ValueError where there are none."""
    if not str(folder):
        raise ValueError('no images given: data.images=DIR or FILE, a folder of photographs or '
                         'a pack of them')
    root = Path(os.path.abspath(folder))  # '.' has a name then, and names begin with it
    if not root.is_dir():
        raise ValueError(f'{root}: no such folder or pack')
    found = sorted(files_below(root, ENDINGS))  # as text: samples of saved runs depend on it
    if not found:
        raise ValueError(f'{root}: no images ({", ".join(ENDINGS)})')
    return Folder(root, tuple(path.relative_to(root.parent).as_posix() for path in found))


def split(images: ImageSource, validation_share: float) -> tuple[ImageSource, ImageSource]:
    """Return training and validation images, told apart by a hash of folder and file name."""
    def held_out(name: str) -> bool:
        digest = hashlib.sha256(os.fsencode('/'.join(name.split('/')[-2:]))).digest()
        return int.from_bytes(digest[:4], 'big') < validation_share * 2**32
    validation = tuple(filter(held_out, images.names)) or images.names[-1:]
    training = tuple(name for name in images.names if not held_out(name)) or images.names
    source: Any = images  # a frozen dataclass
    return replace(source, names=training), replace(source, names=validation)


def is_label_map(image: np.ndarray) -> bool:
    """Tell flat drawings and segmentation maps, which image folders also hold, from photographs.

    Of 4,264 images 398 are told: 390 segmentation maps, 4 drawings, and 4 photographs of an object
    before a plain background, which are lost to training.
    """
    smooth = cv2.medianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), 5)
    flat = (np.abs(cv2.Laplacian(smooth, cv2.CV_16S)) <= 1).mean()
    levels = np.sort(np.bincount(smooth.ravel(), minlength=256))
    return bool(flat > 0.85 and levels[-6:].sum() > 0.6 * smooth.size)


def photograph(images: ImageSource, seed: int, number: int) -> np.ndarray:
    """Return photograph `number` of a shuffle that differs from epoch to epoch; no label map.

    Raises:
        ValueError: there is none.
    """
    epoch, place = divmod(number, len(images.names))
    order = np.random.default_rng([seed, epoch]).permutation(len(images.names))
    for attempt in range(len(order)):
        image = images.read(images.names[order[(place + attempt) % len(order)]])
        if not is_label_map(image):
            return image
    raise ValueError(f'{images.path}: only label maps, no photograph')
