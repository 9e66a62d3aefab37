# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Images on disk."""
from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from residual_features_ros.datasets.natural_order import in_natural_order
from residual_features_ros.errors import DatasetError
from residual_features_ros.grey_levels import to_grey_levels
from residual_features_ros.image import to_bgr

log = logging.getLogger(__name__)
ENDINGS = ('.bmp', '.jpeg', '.jpg', '.pfm', '.pgm', '.png', '.ppm', '.tif', '.tiff', '.webp')

# Thumbnails and what was deleted: of macOS, Synology, Windows, Linux's desktops.
CLUTTER = ('__MACOSX', '@eaDir', '#recycle', '$RECYCLE.BIN', '.Trash', '.Trashes', '.thumbnails',
           '.DS_Store')


def read_image(path: Path | str) -> np.ndarray:
    """Return an image as (H, W, 3) BGR uint8, as stored: EXIF rotation is ignored, as in hloc.

    Files of more than 8 bits become 8 bit as grey_levels.py says.
    """
    try:
        return np.ascontiguousarray(to_bgr(to_grey_levels(read_stored(path))))
    except DatasetError:
        raise
    except ValueError as error:
        raise DatasetError(f'{path}: {error}') from error


def read_stored(path: Path | str) -> np.ndarray:
    """Return (H, W) grey or (H, W, 3) BGR of the file's own type; DatasetError names the file."""
    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise DatasetError(f'{path}: {error.strerror or error}') from error
    flags = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image = cv2.imdecode(content, flags) if len(content) else None
    except cv2.error as error:  # of more pixels than OpenCV allows
        raise DatasetError(f'{path}: not an image that OpenCV can read ({error.err})') from error
    if image is None:
        raise DatasetError(f'{path}: not an image that OpenCV can read, or truncated')
    return np.ascontiguousarray(image)


def list_images(folder: Path, least: int = 1) -> list[Path]:
    """Return the images in a folder, not below it, in natural order of their names.

    Raises:
        DatasetError: there are fewer than `least`, or no such folder.
    """
    found = images_below(folder, deep=False)
    if len(found) < least:
        raise DatasetError(f'{folder}: {len(found)} images, {least} are the least')
    return found


def images_below(folder: Path, deep: bool = True) -> list[Path]:
    """Return the images below a folder in natural order: 1.png, 2.png, ... 10.png.

    Hidden files and folders are left out, and said how many, save those of macOS and of the like
    that beside each image keep what is none (._1.png). A dangling link is an image that is
    missing, and is returned.

    Raises:
        DatasetError: a folder that cannot be read.
    """
    found: list[Path] = []
    hidden, seen = 0, set()
    for home, folders, names in os.walk(folder, onerror=_refuse, followlinks=True):
        place = os.path.realpath(home)
        if place in seen:  # a link back
            folders.clear()
            continue
        seen.add(place)
        folders[:] = [name for name in folders if deep and not _is_no_photograph(name)]
        inside = [Path(home, name) for name in names if not _is_no_photograph(name)
                  and os.path.splitext(name)[1].lower() in ENDINGS]
        below = any(part.startswith('.') for part in Path(home).relative_to(folder).parts)
        shown = [] if below else [path for path in inside if not path.name.startswith('.')]
        hidden += len(inside) - len(shown)
        found += [path for path in shown if path.is_file() or not path.exists()]
    if hidden:
        log.info('%s: %d hidden images were left out', folder, hidden)
    return in_natural_order(found)


def _refuse(error: OSError) -> None:
    raise DatasetError(f'{error.filename}: {error.strerror or error}') from error


def _is_no_photograph(name: str) -> bool:
    """Tell what file systems and file managers put beside photographs under their names."""
    return name.startswith('._') or name in CLUTTER


def image_size(path: Path) -> tuple[int, int]:
    """Return (width, height) of an image; DatasetError names one that cannot be read."""
    image = read_stored(path)
    return image.shape[1], image.shape[0]


def write_image(path: Path | str, image: np.ndarray) -> None:
    """Write a picture, its folder too; the ending decides the format."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    try:
        written = cv2.imwrite(str(path), image)
    except cv2.error as error:
        raise DatasetError(f'{path}: no picture format has this ending, use .png') from error
    if not written:
        raise DatasetError(f'{path}: cannot be written')


def find_images(arguments: Iterable[str]) -> list[Path]:
    """Return the files that the arguments name; a folder stands for all images below it.

    Those of a folder are in natural order, see images_below.
    """
    found: list[Path] = []
    for argument in map(Path, arguments):
        if argument.is_dir():
            inside = images_below(argument)
            if not inside:
                raise DatasetError(f'{argument}: no image in this folder '
                                   f'(looked for {" ".join(ENDINGS)})')
            found += inside
        elif argument.is_file():
            found.append(argument)
        else:
            raise DatasetError(f'{argument}: no such file or folder')
    return list(dict.fromkeys(found))


def common_folder(arguments: Iterable[str]) -> Path:
    """Return the deepest folder that holds all arguments; a folder holds itself."""
    folders = [path if path.is_dir() else path.parent for path in map(Path, arguments)]
    return Path(os.path.commonpath([os.path.abspath(folder) for folder in folders]))
