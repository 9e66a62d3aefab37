# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Features as hloc keeps them: HDF5, a group for each image."""
from __future__ import annotations

import os

import h5py
import numpy as np

from residual_features_ros.types import Features

DATASETS = ('keypoints', 'descriptors', 'scores', 'image_size')


def write_features(file: h5py.File, name: str, features: Features, float32: bool) -> None:
    """Write the group of one image; what an interrupted run left of it is replaced.

    keypoints stay float32: half precision, hloc's own choice, rounds x = 1500 to whole pixels.
    Binary descriptors become +-1 / sqrt(bits), whose dot products rank as Hamming distances do.
    """
    rows = features.descriptors
    if rows.dtype == np.uint8:
        signs = np.unpackbits(rows, axis=1).astype(np.float32) * 2 - 1  # (N, B) -> (N, 8 B)
        rows = signs / np.sqrt(np.float32(signs.shape[1]))
    arrays = (features.keypoints.astype(np.float32),
              rows.T.astype(np.float32 if float32 else np.float16),
              features.responses.astype(np.float32), np.array(features.image_size, np.int64))
    group = file.require_group(name)
    _remove(group)
    try:
        for key, array in zip(DATASETS, arrays, strict=True):
            group.create_dataset(key, data=array)
        group['keypoints'].attrs['uncertainty'] = 1.0  # pixels; hloc's localisation reads it
    except BaseException:  # a group that is there must be complete: a later run skips it
        _remove(group)
        raise


def has_features(file: h5py.File, name: str) -> bool:
    """Tell whether a file has all of an image's features."""
    group = file.get(name)
    return isinstance(group, h5py.Group) and all(key in group for key in DATASETS)


def copy_features(source: h5py.File, target: h5py.File, name: str) -> None:
    """Copy the group of one image to another file."""
    group = target.require_group(name)
    _remove(group)
    for key in DATASETS:
        source.copy(source[f'{name}/{key}'], group, key)


def _remove(group: h5py.Group) -> None:
    """Remove an image's features; a folder of images may have the same name."""
    for key in DATASETS:
        if key in group:
            del group[key]


def group_name(path: str) -> str:
    r"""Return the name of an image's group: its path, where that is UTF-8.

    HDF5 has names in UTF-8 alone: a byte that is none becomes four letters such as \xe9.
    """
    return os.fsencode(path).decode('utf-8', 'backslashreplace')
