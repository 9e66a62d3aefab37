# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pack: the photographs of a folder in one small file that travels, read in place of the folder.

A pack is an uncompressed zip of JPEG files under their names in the folder (with their old
suffixes), and of pack.json, which says how it was made.
"""
from __future__ import annotations

import functools
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from residual_features_ros.outputs import refuse_existing
from training.data.sources.images import ImageSource, is_label_map, open_folder

INDEX = 'pack.json'
FORMAT = 'photographs 1'
NOT_A_PACK = (f'not a pack of format {FORMAT!r}; "python -m training pack DIR --out FILE" '
              'writes one')
# random_crop scales a photograph to between what just covers data.size and 1.2 of its pixels: at
# 1.25, 480x320 becomes 450x300 and keeps crops of 0.75 to 1.125 of its pixels instead of to 1.2.
MARGIN = 1.25
# 3,866 photographs in 47 MB; 75 takes about 70. Of 400 SIFT keypoints 72 % are found again after
# it, 85 % after 75, 79 % after noise of 6 grey levels. Both views of a pair share the error.
QUALITY = 50


@dataclass(frozen=True)
class Pack:
    """Photographs of a pack, an ImageSource. size is the (width, height) they were kept for."""

    path: Path
    names: tuple[str, ...]
    size: tuple[int, int]

    def read(self, name: str) -> np.ndarray:
        """Return (H, W, 3) BGR uint8; ValueError names the pack and a picture that is damaged."""
        try:
            data = _archive(self.path, os.getpid()).read(name)
        except (zipfile.BadZipFile, EOFError) as error:
            raise ValueError(f'{self.path}: {name} is damaged; copy or write the pack again'
                             ) from error
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
        if image is None:
            raise ValueError(f'{self.path}: {name} is not a readable image')
        return image


@functools.lru_cache(maxsize=4)
def _archive(path: Path, process: int) -> zipfile.ZipFile:
    """Open a pack once per process: a forked worker must not share its parent's file position."""
    return zipfile.ZipFile(path)


def open_images(images: str | Path, size: tuple[int, int]) -> ImageSource:
    """Return the photographs of a folder or a pack for views of `size` (width, height) pixels.

    Raises ValueError where there are none, or a pack was made for smaller views.
    """
    if not str(images) or not Path(images).is_file():
        return open_folder(images)
    pack = open_pack(images)
    if size[0] > pack.size[0] or size[1] > pack.size[1]:
        raise ValueError(f'{pack.path}: packed for {pack.size[0]}x{pack.size[1]}, '
                         f'pack again with --size {size[0]}x{size[1]}')
    return pack


def open_pack(path: str | Path) -> Pack:
    """Open what write_pack wrote; ValueError says whether it is no pack or a damaged one."""
    path = Path(os.path.abspath(path))
    with path.open('rb') as file:
        start = file.read(2)
    try:
        with zipfile.ZipFile(path) as archive:
            index = json.loads(archive.read(INDEX))
            names = tuple(name for name in archive.namelist() if name != INDEX)
    except (zipfile.BadZipFile, EOFError) as error:
        if start == b'PK':  # a zip's table of contents is its end
            raise ValueError(f'{path}: truncated or damaged, copy or write the pack again'
                             ) from error
        raise ValueError(f'{path}: {NOT_A_PACK}') from error
    except (KeyError, ValueError) as error:
        raise ValueError(f'{path}: {NOT_A_PACK}') from error
    if not isinstance(index, dict) or index.get('format') != FORMAT or not names:
        raise ValueError(f'{path}: {NOT_A_PACK}')
    _archive.cache_clear()  # the file may have been written again
    return Pack(path, names, tuple(index['size']))


def write_pack(folder: str | Path, out: Path, size: tuple[int, int], margin: float = MARGIN,
               quality: int = QUALITY) -> Pack:
    """Write every photograph below `folder` into the file `out`; label maps are left out.

    Args:
        folder: as data.images takes it.
        out: a new file, there only when the pack is complete.
        size: (width, height) in pixels of the largest views that training will cut.
        margin: pictures are shrunk until they just cover size * margin; none is enlarged.
        quality: of the JPEG files, 1 to 100.

    Raises ValueError where the folder has no photographs or a setting is out of range.
    """
    if margin < 1 or not 1 <= quality <= 100 or min(size) < 1:
        raise ValueError(f'size must be positive, margin at least 1 and quality 1 to 100, got '
                         f'{size[0]}x{size[1]}, {margin}, {quality}')
    if out.is_dir():
        raise ValueError(f'{out}: a folder, --out takes a file')
    refuse_existing([out])
    source = open_folder(folder)
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f'{out.name}.{os.getpid()}.part')
    index = {'format': FORMAT, 'size': size, 'margin': margin, 'quality': quality}
    kept = 0
    try:
        with zipfile.ZipFile(part, 'w', zipfile.ZIP_STORED) as archive:
            for name in tqdm(source.names, desc='pack', unit='image'):
                image = source.read(name)
                if not is_label_map(image):
                    # ZipInfo has a constant date: the same folder gives the same bytes.
                    archive.writestr(zipfile.ZipInfo(in_utf8(name)),
                                     encode(image, size, margin, quality))
                    kept += 1
            archive.writestr(zipfile.ZipInfo(INDEX), json.dumps(index))
        if not kept:
            raise ValueError(f'{folder}: only label maps, no photograph')
        os.replace(part, out)
    finally:
        part.unlink(missing_ok=True)
    return open_pack(out)


def in_utf8(name: str) -> str:
    r"""Return a file's name as a zip takes it: a byte that is no UTF-8 becomes such as \xe9."""
    return os.fsencode(name).decode('utf-8', 'backslashreplace')


def encode(image: np.ndarray, size: tuple[int, int], margin: float, quality: int) -> bytes:
    """Return (H, W, 3) BGR as a JPEG file that covers size * margin, or has all its pixels."""
    height, width = image.shape[:2]
    scale = margin * max(size[0] / width, size[1] / height)
    if scale < 1:
        image = cv2.resize(image, (round(width * scale), round(height * scale)),
                           interpolation=cv2.INTER_AREA)
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    return cv2.imencode('.jpg', image, options)[1].tobytes()
