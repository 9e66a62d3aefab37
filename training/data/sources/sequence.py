# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames of a sequence, and the places that pairs of them share (training.learn makes them)."""
from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.image_files import read_image
from residual_features_ros.errors import DatasetError
from training import arrays

CHAINS = 'chains.npz'
Shared = tuple[np.ndarray, np.ndarray]  # pixels (M, 2), (M, 2)


@dataclass(frozen=True)
class SharedPlaces:
    """Pairs of frames: numbers (P, 2) of their frames, and of each what they share."""

    numbers: np.ndarray
    places: tuple[Shared, ...]


@dataclass(frozen=True)
class SequencePart:
    """A part of a sequence, an ImageSource; names: of its frames. part: 'trained', 'watched'."""

    path: Path
    names: tuple[str, ...]
    part: str

    def read(self, name: str) -> np.ndarray:
        """Return (H, W, 3) BGR uint8; DatasetError names a picture that cannot be read."""
        return read_image(self.path / name)

    def pairs(self) -> SharedPlaces:
        """Return the pairs of this part; numbers count its names."""
        return _load(self.path, self.part)


def save_places(folder: Path, names: Iterable[str], parts: dict[str, SharedPlaces]) -> None:
    """Keep what the frames of each part share; numbers count the names of all parts."""
    kept: dict[str, np.ndarray] = {'names': np.array(list(names))}
    for part, shared in parts.items():
        ends = np.cumsum([0, *(len(first) for first, _ in shared.places)])
        kept[f'{part}_numbers'], kept[f'{part}_ends'] = shared.numbers, ends
        for column, side in enumerate(('first', 'second')):
            joined = [np.zeros((0, 2)), *(pair[column] for pair in shared.places)]
            kept[f'{part}_{side}'] = np.concatenate(joined).astype(np.float32)
    arrays.save(folder / CHAINS, kept)


def open_sequence(folder: Path) -> tuple[SequencePart, SequencePart]:
    """Return the part to train on and the part to watch by; DatasetError where there are none."""
    found = arrays.load(folder / CHAINS)
    if found is None:
        raise DatasetError(f'{folder}: no {CHAINS} there, python -m training learn makes it')
    names = tuple(found['names'].tolist())
    return SequencePart(folder, names, 'trained'), SequencePart(folder, names, 'watched')


@functools.lru_cache(maxsize=4)
def _load(folder: Path, part: str) -> SharedPlaces:
    found = arrays.load(folder / CHAINS)
    if found is None:
        raise DatasetError(f'{folder}: its {CHAINS} is gone')
    ends = found[f'{part}_ends'][1:-1]
    first, second = (np.split(found[f'{part}_{side}'], ends) for side in ('first', 'second'))
    numbers = found[f'{part}_numbers']
    return SharedPlaces(numbers, tuple(zip(first, second, strict=True))[:len(numbers)])
