# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Samples kept on disk: detecting keypoints costs more than reading them again."""
from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path
from typing import Protocol

import numpy as np
from tqdm import tqdm


class Samples(Protocol):
    """Sample number -> arrays by name."""

    def __len__(self) -> int:
        """Return the number of samples."""

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Make sample `number`."""


class KeptSamples:
    """A dataset whose sample n is sample n % distinct, made once and then read from `folder`.

    One uncompressed npz file per sample; zip's checksums tell a damaged one, which is made again.
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
        try:
            with np.load(path) as kept:
                return {name: kept[name] for name in kept.files}
        except FileNotFoundError:
            pass
        except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
            tqdm.write(f'{path}: {error}; made again')
        sample = self.dataset[number]
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f'.{os.getpid()}')
        with unfinished.open('wb') as file:
            np.savez(file, **sample)
        unfinished.replace(path)
        return sample
