# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Features as hloc keeps them: HDF5, a group for each image."""
from __future__ import annotations

import h5py
import numpy as np

from residual_features_ros.types import Features


def write_features(file: h5py.File, name: str, features: Features, float32: bool) -> None:
    """Write the group of one image.

    keypoints stay float32: half precision, hloc's own choice, rounds x = 1500 to whole pixels.
    Binary descriptors become +-1 / sqrt(bits), whose dot products rank as Hamming distances do.
    """
    rows = features.descriptors
    if rows.dtype == np.uint8:
        signs = np.unpackbits(rows, axis=1).astype(np.float32) * 2 - 1  # (N, B) -> (N, 8 B)
        rows = signs / np.sqrt(np.float32(signs.shape[1]))
    group = file.create_group(name)
    try:
        group.create_dataset('keypoints', data=features.keypoints.astype(np.float32))
        group.create_dataset('descriptors',
                             data=rows.T.astype(np.float32 if float32 else np.float16))
        group.create_dataset('scores', data=features.responses.astype(np.float32))
        group.create_dataset('image_size', data=np.array(features.image_size, np.int64))
        group['keypoints'].attrs['uncertainty'] = 1.0  # pixels; hloc's localisation reads it
    except BaseException:  # a group that is there must be complete: a later run skips it
        del file[name]
        raise
