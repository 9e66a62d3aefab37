# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of views to fit on and pairs to measure on, of different photographs."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.datasets.image_files import ENDINGS, read_image
from training.config import DataConfig
from training.data.pairs.homography_pairs import HomographyPairs
from training.data.sources.images import ImageSource, split
from training.data.sources.packed import open_images

SEEDS = {'fit': 30_001, 'measure': 30_002}


@dataclass(frozen=True)
class ViewPair:
    """Two views and the map from the first to the second.

    part: 'fit' or 'measure'.    source: 'photographs' or 'exposure'.
    images: (H, W, 3) BGR uint8 each.    homography: (3, 3) float64.
    """

    part: str
    source: str
    images: tuple[np.ndarray, np.ndarray]
    homography: np.ndarray


class ViewPairs:
    """The pairs of a folder of photographs, and of pairs of exposures where there are such."""

    def __init__(self, images: Path, exposure: Path | None, count: int,
                 size: tuple[int, int]) -> None:
        """List them.

        Args:
            images: folder or pack; training has not seen those that are taken (images.split).
            exposure: folder of NNN/{1,2}.*.
            count: pairs of photographs to fit on, and to measure on.
            size: (width, height) of the views of photographs.

        Raises:
            ValueError: too few photographs, or a pair of exposures that lacks an image.
        """
        self.config = DataConfig(size=size)
        _, held_out = split(open_images(str(images), size), self.config.validation_share)
        self.photographs = halves(held_out)
        self.exposures = exposure_pairs(exposure) if exposure else []
        self.count = count

    def __len__(self) -> int:
        """Return the number of pairs."""
        return 2 * self.count + len(self.exposures)

    def __iter__(self) -> Iterator[ViewPair]:
        """Make one after the other."""
        for part, images in self.photographs.items():
            samples = HomographyPairs(images, self.config, SEEDS[part], self.count)
            for number in range(self.count):
                sample = samples[number]
                first, second = sample['images']
                yield ViewPair(part, 'photographs', (first, second),
                               sample['homography'].astype(np.float64))
        middle = (len(self.exposures) + 1) // 2
        for number, (first, second) in enumerate(self.exposures):
            yield ViewPair('fit' if number < middle else 'measure', 'exposure',
                           (read_image(first), read_image(second)), np.eye(3))

    def description(self) -> str:
        """Return in words what they are made of."""
        fit, measure = (len(images.names) for images in self.photographs.values())
        words = (f'random homographies of photographs that training holds out: {fit} photographs '
                 f'and {self.count} pairs to fit, {measure} others and {self.count} pairs to '
                 'measure')
        middle = (len(self.exposures) + 1) // 2
        return words + (f'; {middle} pairs of exposures to fit, '
                        f'{len(self.exposures) - middle} others to measure'
                        if self.exposures else '')


def halves(images: ImageSource) -> dict[str, ImageSource]:
    """Return every other photograph to fit on, and the others; ValueError for fewer than two."""
    if len(images.names) < 2:
        raise ValueError(f'{images.path}: {len(images.names)} photographs are held out from '
                         'training, and two are needed, to fit and to measure')
    source: Any = images  # a frozen dataclass
    return {part: dataclasses.replace(source, names=images.names[start::2])
            for start, part in enumerate(SEEDS)}


def exposure_pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Return the files of pairs below a folder, sorted by name; ValueError names what is not."""
    pairs = []
    for place in sorted(path for path in folder.glob('*') if path.is_dir()):
        found = [next((path for path in sorted(place.glob(f'{number}.*'))
                       if path.suffix.lower() in ENDINGS), None) for number in (1, 2)]
        if found[0] is None or found[1] is None:
            raise ValueError(f'{place}: no pair 1.* and 2.* of images')
        pairs.append((found[0], found[1]))
    if not pairs:
        raise ValueError(f'{folder}: no pairs of exposures (*/1.*, */2.*)')
    return pairs
