# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Features on disk: written, read, and those read last held in memory."""
from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

import numpy as np

from residual_features_ros import Features
from training import arrays

HELD = 32  # images of 20,000 keypoints of 128 numbers are .3 GB


@dataclasses.dataclass(frozen=True)
class StoredFeatures:
    """Where the features of an image are, and the metadata of what they were made by."""

    path: Path
    metadata: str

    def read(self) -> Features:
        """Return the features; those of the HELD images read last come from memory.

        Raises:
            ValueError: the file has gone, or has been changed, since this was made.
        """
        return read_held(self.path, self.metadata)


@functools.lru_cache(maxsize=HELD)
def read_held(path: Path, metadata: str) -> Features:
    """Return the features of a file; see StoredFeatures.read."""
    features = load(path, metadata)
    if features is None:
        raise ValueError(f'{path}: was there before and cannot be read now; leave the folder of '
                         '--cache alone while it is in use, and start again')
    return features


def save(path: Path, metadata: str, features: Features) -> None:
    """Write features and the metadata of what they were made by."""
    values = {field.name: getattr(features, field.name) for field in dataclasses.fields(features)}
    arrays.save(path, {'metadata': np.array(metadata), **values})


def load(path: Path, metadata: str) -> Features | None:
    """Return the features of a file, None where there is none; a corrupt one is said and removed.

    The metadata tell a file under another's name.
    """
    values = arrays.load(path)
    if values is None:
        return None
    try:
        if str(values.pop('metadata')) != metadata:
            raise ValueError('made by something else')
        width, height = values.pop('image_size').tolist()
        return Features(**values, image_size=(width, height))
    except arrays.DAMAGE as error:
        arrays.discard(path, error)
        return None
