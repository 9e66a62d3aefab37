# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Samples kept on disk: detecting keypoints costs more than reading them again."""
from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol

import numpy as np

from training import arrays


class Samples(Protocol):
    """Sample number -> arrays by name."""

    def __len__(self) -> int:
        """Return the number of samples."""

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Make sample `number`."""


class CachedSamples:
    """A dataset whose sample n is sample n % distinct, made once and then read from `folder`.

    One file per sample; a damaged one is made again.
    """

    def __init__(self, dataset: Samples, folder: Path, key: str, distinct: int) -> None:
        """Keep samples below `folder`, in a folder named by a digest of `key`.

        Args:
            dataset: makes the samples.
            folder: made where it does not exist.
            key: everything that decides the samples.
            distinct: how many different ones there are.
        """
        self.dataset, self.distinct = dataset, distinct
        self.folder = folder / hashlib.sha256(key.encode()).hexdigest()[:16]

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.dataset)

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Read sample `number`, or make and keep it."""
        number %= self.distinct
        path = self.folder / f'{number}.npz'
        sample = arrays.load(path)
        if sample is None:
            sample = self.dataset[number]
            arrays.save(path, sample)
        return sample
