# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Phototourism's scenes to validate on (Image Matching Challenge); colmap.py reads the others.

<scene>[/set_100]/: images/<name>.jpg, depth_maps/<name>.h5 or none, calibration/
calibration_<name>.h5 with K, R and T, and new-vis-pairs/keys-th-0.1.npy with '<name>-<name>' for
each pair. Source: ubc-vision/image-matching-benchmark (example/training_data/*.ipynb,
utils/path_helper.py).
"""
from __future__ import annotations

from pathlib import Path

import numpy as np

from residual_features_ros.datasets.colmap import LEAST_OVERLAP, from_colmap
from residual_features_ros.datasets.posed_images import DepthMap, PosedImage, Scene, rigid
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.camera import Camera

PREFIX = 'calibration_'


def read(folder: Path, name: str) -> Scene:
    """Return the photographs that have a calibration, covisible as the scene's own list says.

    Raises:
        DatasetError: a file that is none, or a listed photograph without a calibration.
    """
    images = [_read_image(folder, path)
              for path in sorted(folder.glob(f'calibration/{PREFIX}*.h5'))]
    keys = folder / 'new-vis-pairs' / f'keys-th-{LEAST_OVERLAP}.npy'
    if not keys.is_file():
        return Scene(name, folder / 'images', tuple(images))
    numbers = {image.path.stem: k for k, image in enumerate(images)}
    words = [str(key).split('-') for key in np.load(keys)]
    missing = {word for pair in words for word in pair} - set(numbers)
    if missing:
        raise DatasetError(f'{folder}/calibration: no {PREFIX}{min(missing)}.h5, which {keys} '
                           'names')
    pairs = [[numbers[a], numbers[b]] for a, b in words]
    return Scene(name, folder / 'images', tuple(images), np.array(pairs).reshape(-1, 2))


def _read_image(folder: Path, path: Path) -> PosedImage:
    import h5py
    stem = path.stem.removeprefix(PREFIX)
    image, depth = folder / 'images' / f'{stem}.jpg', folder / 'depth_maps' / f'{stem}.h5'
    try:
        with h5py.File(path, 'r') as file:
            K, R, t = (np.asarray(file[key], float) for key in 'KRT')
    except (OSError, KeyError) as error:
        raise DatasetError(f'{path}: not an HDF5 file with K, R and T') from error
    R, t = rigid(np.c_[R.reshape(3, 3), t.reshape(3)], path)
    return PosedImage(image.name, image, Camera(from_colmap(K)), R, t,
                      DepthMap(depth) if depth.is_file() else None)
