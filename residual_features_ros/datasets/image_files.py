# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Images on disk."""
from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from residual_features_ros.datasets.image_folders import files_below
from residual_features_ros.errors import DatasetError
from residual_features_ros.grey_levels import to_grey_levels
from residual_features_ros.image import to_bgr

ENDINGS = ('.bmp', '.jpeg', '.jpg', '.pfm', '.pgm', '.png', '.ppm', '.tif', '.tiff', '.webp')


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
    found = files_below(folder, ENDINGS, deep=False)
    if len(found) < least:
        raise DatasetError(f'{folder}: {len(found)} images, {least} are the least')
    return found


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

    Those of a folder are in natural order, see files_below.
    """
    found: list[Path] = []
    for argument in map(Path, arguments):
        if argument.is_dir():
            inside = files_below(argument, ENDINGS)
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
