# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Images on disk, and the photographs that come with a Python package."""
from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from residual_features_ros.commands import CommandError

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


def packaged_photographs() -> list[Path]:
    """Return the photographs that the PyPI package scikit-learn brings, without importing it."""
    package = importlib.util.find_spec('sklearn')
    for folder in (package.submodule_search_locations or ()) if package else ():
        photographs = sorted((Path(folder) / 'datasets' / 'images').glob('*.jpg'))
        if photographs:
            return photographs
    raise CommandError('no photographs: they come with the Python package scikit-learn '
                       '(pip install scikit-learn), or name a folder with --images')


def fill(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scale an image to cover `size` (width, height) and crop its centre."""
    height, width = image.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    scaled = [max(round(side * scale), least)
              for side, least in zip((width, height), size, strict=True)]
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    image = cv2.resize(image, scaled, interpolation=smooth)
    left, top = (scaled[0] - size[0]) // 2, (scaled[1] - size[1]) // 2
    return np.ascontiguousarray(image[top:top + size[1], left:left + size[0]])
