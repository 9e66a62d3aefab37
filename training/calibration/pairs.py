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

from residual_features_ros.datasets.image_files import read_image
from training.config import DataConfig
from training.data.held_out import exposure_halves
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
            ValueError: too few photographs.
            DatasetError: not a folder of pairs of exposures (held_out.exposure_halves).
        """
        self.config = DataConfig(size=size)
        _, held_out = split(open_images(str(images), size), self.config.validation_share)
        self.photographs = halves(held_out)
        self.exposures = dict(zip(SEEDS, exposure_halves(exposure) if exposure else ([], []),
                                  strict=True))
        self.count = count

    def __len__(self) -> int:
        """Return the number of pairs."""
        return 2 * self.count + sum(map(len, self.exposures.values()))

    def __iter__(self) -> Iterator[ViewPair]:
        """Make one after the other."""
        for part, images in self.photographs.items():
            samples = HomographyPairs(images, self.config, SEEDS[part], self.count)
            for number in range(self.count):
                sample = samples[number]
                first, second = sample['images']
                yield ViewPair(part, 'photographs', (first, second),
                               sample['homography'].astype(np.float64))
        for part, exposures in self.exposures.items():
            for first, second in exposures:
                yield ViewPair(part, 'exposure', (read_image(first), read_image(second)),
                               np.eye(3))

    def description(self) -> str:
        """Return in words what they are made of."""
        fit, measure = (len(images.names) for images in self.photographs.values())
        words = (f'random homographies of photographs that training holds out: {fit} photographs '
                 f'and {self.count} pairs to fit, {measure} others and {self.count} pairs to '
                 'measure')
        fit, measure = map(len, self.exposures.values())
        return words + (f'; {fit} pairs of exposures to fit, {measure} others to measure'
                        if fit else '')


def halves(images: ImageSource) -> dict[str, ImageSource]:
    """Return every other photograph to fit on, and the others; ValueError for fewer than two."""
    if len(images.names) < 2:
        raise ValueError(f'{images.path}: {len(images.names)} photographs are held out from '
                         'training, and two are needed, to fit and to measure')
    source: Any = images  # a frozen dataclass
    return {part: dataclasses.replace(source, names=images.names[start::2])
            for start, part in enumerate(SEEDS)}
