# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""extract: images to an HDF5 file as hloc reads it."""
from __future__ import annotations

import dataclasses
from pathlib import Path

import h5py
from tqdm import tqdm

from residual_features_ros.datasets.hloc_files import write_features
from residual_features_ros.datasets.image_files import common_folder, find_images, read_image
from residual_features_ros.errors import CommandError
from residual_features_ros.extractor import Extractor
from residual_features_ros.tools.extract.options import ExtractOptions
from residual_features_ros.types import Features


def run(options: ExtractOptions) -> int:
    """Extract the features of all images that the file does not have yet."""
    paths, out, float32 = find_images(options.images), options.out, options.float32
    names = _names(paths, options.root or common_folder(options.images))
    extractor = Extractor(options.method_options.configs(options.method)[0])
    out.parent.mkdir(parents=True, exist_ok=True)
    with _open(out, options.overwrite, metadata(extractor, float32)) as file:
        missing = [(path, name) for path, name in zip(paths, names, strict=True)
                   if name not in file]
        for path, name in tqdm(missing, desc='extract', unit='image', disable=None):
            write_features(file, name, _extract(extractor, path), float32)
    print(f'{out}: {len(missing)} images by {options.method} written, '
          f'{len(paths) - len(missing)} were there')
    return 0


def metadata(extractor: Extractor, float32: bool) -> dict[str, str]:
    """Return what decides the numbers in a file; those of other metadata are not mixed in."""
    settings = dataclasses.asdict(extractor.config)
    for key in ('threads', 'weights', 'mask'):  # the speed; files, whose content the sha256 says
        del settings[key]
    settings['backend'] = ','.join(settings['backend']) if extractor.card else 'none'
    return {**{key: str(value) for key, value in settings.items()}, 'float32': str(float32),
            'weights_sha256': extractor.card.sha256 if extractor.card else 'none',
            'mask_sha256': extractor.mask.sha256 if extractor.mask else 'none'}


def _extract(extractor: Extractor, path: Path) -> Features:
    try:
        return extractor.extract(read_image(path))
    except ValueError as error:
        raise CommandError(f'{path}: {error}') from error


def _names(paths: list[Path], root: Path) -> list[str]:
    root, absolute = root.absolute(), [path.absolute() for path in paths]
    for path in absolute:
        if not path.is_relative_to(root):
            raise CommandError(f'{path}: lies outside --root {root}')
    return [path.relative_to(root).as_posix() for path in absolute]


def _open(out: Path, overwrite: bool, wanted: dict[str, str]) -> h5py.File:
    try:
        file = h5py.File(out, 'w' if overwrite else 'a')
    except OSError as error:
        raise CommandError(f'{out}: cannot be opened as HDF5 ({error})') from error
    for key, value in wanted.items():
        # Files of versions before masks do not name one.
        unnamed = 'none' if key == 'mask_sha256' and file.attrs else 'unknown'
        found = file.attrs.get(key, unnamed) if len(file) else value
        if found != value:
            file.close()
            raise CommandError(f'{out}: was made with {key} {found}, now asked for {value}; '
                               'choose another --out or --overwrite')
        file.attrs[key] = value
    return file
