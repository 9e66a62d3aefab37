# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of aligned photographs of one scene in different light, to make samples of."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from residual_features_ros.datasets.image_files import read_image
from training.data.held_out import ExposurePair, exposure_halves


@dataclass(frozen=True)
class Exposures:
    """The files of such pairs; pickles."""

    pairs: tuple[ExposurePair, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.pairs)

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the photographs (H, W, 3) BGR uint8 of a pair, in random order.

        The second is resized to the first where they differ.
        """
        pair = self.pairs[rng.integers(len(self.pairs))]
        first, second = (read_image(pair[number]) for number in rng.permutation(2))
        if first.shape != second.shape:
            second = cv2.resize(second, first.shape[1::-1], interpolation=cv2.INTER_AREA)
        return first, second


NO_EXPOSURES = Exposures()


def open_exposures(folder: str) -> tuple[Exposures, Exposures]:
    """Return the pairs of a folder to train on and those to validate on; none where it is ''.

    Raises:
        DatasetError: not a folder of such pairs (held_out.exposure_halves).
    """
    if not folder:
        return NO_EXPOSURES, NO_EXPOSURES
    training, held_out = exposure_halves(Path(folder))
    return Exposures(tuple(training)), Exposures(tuple(held_out))
