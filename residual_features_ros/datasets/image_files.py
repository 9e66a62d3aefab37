# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Images on disk."""
from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from residual_features_ros.errors import CommandError

ENDINGS = ('.bmp', '.jpeg', '.jpg', '.pgm', '.png', '.ppm', '.tif', '.tiff', '.webp')


def read_image(path: Path | str) -> np.ndarray:
    """Return an image as (H, W, 3) BGR uint8, as stored: EXIF rotation is ignored, as in hloc."""
    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise CommandError(f'{path}: {error.strerror or error}') from error
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    image = cv2.imdecode(content, flags) if len(content) else None
    if image is None:
        raise CommandError(f'{path}: not an image that OpenCV can read')
    return image


def write_image(path: Path | str, image: np.ndarray) -> None:
    """Write a picture, its folder too; the ending decides the format."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    try:
        written = cv2.imwrite(str(path), image)
    except cv2.error as error:
        raise CommandError(f'{path}: no picture format has this ending, use .png') from error
    if not written:
        raise CommandError(f'{path}: cannot be written')


def find_images(arguments: Iterable[str]) -> list[Path]:
    """Return the files that the arguments name; a folder stands for all images below it."""
    found: list[Path] = []
    for argument in map(Path, arguments):
        if argument.is_dir():
            inside = sorted(p for p in argument.rglob('*') if p.suffix.lower() in ENDINGS)
            if not inside:
                raise CommandError(f'{argument}: no image in this folder '
                                   f'(looked for {" ".join(ENDINGS)})')
            found += inside
        elif argument.is_file():
            found.append(argument)
        else:
            raise CommandError(f'{argument}: no such file or folder')
    return list(dict.fromkeys(found))


def common_folder(arguments: Iterable[str]) -> Path:
    """Return the deepest folder that holds all arguments; a folder holds itself."""
    folders = [path if path.is_dir() else path.parent for path in map(Path, arguments)]
    return Path(os.path.commonpath([folder.absolute() for folder in folders]))
