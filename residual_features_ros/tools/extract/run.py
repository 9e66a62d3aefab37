# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""extract: images to an HDF5 file as hloc reads it."""
from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from tqdm import tqdm

from residual_features_ros.datasets.hloc_files import group_name
from residual_features_ros.datasets.image_files import common_folder, find_images, read_image
from residual_features_ros.datasets.readable_images import REFUSALS, reason
from residual_features_ros.errors import CommandError
from residual_features_ros.extractor import Extractor
from residual_features_ros.tools.extract.feature_file import open_feature_file
from residual_features_ros.tools.extract.options import ExtractOptions


def run(options: ExtractOptions) -> int:
    """Extract the features of all images that the file does not have yet.

    Returns:
        1 where images were left out, each named with the reason; else 0.

    Raises:
        CommandError: no image could be read, or the file is none to add to.
    """
    paths, out = find_images(options.images), options.out
    named = _named(paths, options.root or common_folder(options.images))
    extractor = Extractor(options.method_options.configs(options.method)[0])
    lost: list[str] = []
    with open_feature_file(out, metadata(extractor, options.float32), options.overwrite) as file:
        missing = {name: path for name, path in named.items() if name not in file.names}
        for name, path in tqdm(missing.items(), desc='extract', unit='image', disable=None):
            try:
                features = extractor.extract(read_image(path))
            except REFUSALS as error:
                lost.append(reason(path, error))
                continue
            file.add(name, features, options.float32)
        taken_over = file.taken_over
    if len(lost) == len(named):
        raise CommandError(f'{lost[0]}; not one of {len(lost)} images could be used')
    _report(options, len(named), len(missing), taken_over, lost)
    return 1 if lost else 0


def _report(options: ExtractOptions, count: int, missing: int, taken_over: int,
            lost: list[str]) -> None:
    print(f'{options.out}: {missing - len(lost)} images by {options.method} written, '
          f'{count - missing} were there')
    if taken_over:
        print(f'note: {taken_over} of these are of a run that was interrupted')
    for words in lost:
        print(f'note: left out: {words}')
    if lost:
        print(f'note: {len(lost)} of {count} images were left out')


def metadata(extractor: Extractor, float32: bool) -> dict[str, str]:
    """Return what decides the numbers in a file; those of other metadata are not mixed in."""
    settings = dataclasses.asdict(extractor.config)
    for key in ('threads', 'weights', 'mask'):  # the speed; files, whose content the sha256 says
        del settings[key]
    settings['backend'] = ','.join(settings['backend']) if extractor.card else 'none'
    return {**{key: str(value) for key, value in settings.items()}, 'float32': str(float32),
            'weights_sha256': extractor.card.sha256 if extractor.card else 'none',
            'mask_sha256': extractor.mask.sha256 if extractor.mask else 'none'}


def _named(paths: list[Path], root: Path) -> dict[str, Path]:
    """Return the images by the names of their groups; what is named twice is one."""
    root = Path(os.path.abspath(root))
    found: dict[str, Path] = {}
    for path in paths:
        absolute = Path(os.path.abspath(path))
        if not absolute.is_relative_to(root):
            raise CommandError(f'{absolute}: lies outside --root {root}')
        name = absolute.relative_to(root).as_posix()
        found.setdefault(group_name(name), path)
        if group_name(name) != name:
            print(f'note: {group_name(name)} stands for a name that is not UTF-8')
    return found
