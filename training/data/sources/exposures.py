# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Aligned photographs of scenes in different light: a folder of folders, one per scene."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from residual_features_ros.datasets.image_files import ENDINGS, read_image
from residual_features_ros.datasets.image_folders import files_below
from training.data.held_out import halves


@dataclass(frozen=True)
class Exposures:
    """Scenes, each with the files of two or more aligned photographs; pickles."""

    scenes: tuple[tuple[Path, ...], ...] = ()

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.scenes)

    def split(self) -> tuple[Exposures, Exposures]:
        """Return the first half of the scenes, to train on, and the second, to validate on."""
        training, held_out = halves(self.scenes)
        return Exposures(tuple(training)), Exposures(tuple(held_out))

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return two photographs (H, W, 3) BGR uint8 of one scene, in random order.

        The second is resized to the first where they differ.
        """
        scene = self.scenes[rng.integers(len(self.scenes))]
        chosen = rng.permutation(len(scene))[:2]
        first, second = (read_image(scene[number]) for number in chosen)
        if first.shape != second.shape:
            second = cv2.resize(second, first.shape[1::-1], interpolation=cv2.INTER_AREA)
        return first, second


NO_EXPOSURES = Exposures()


def open_exposures(folder: str | Path) -> Exposures:
    """Return the scenes of `folder`, sorted by name; none where it is ''.

    Raises:
        ValueError: there is no scene of two photographs.
    """
    if not str(folder):
        return NO_EXPOSURES
    root = Path(folder)
    if not root.is_dir():
        raise ValueError(f'{root}: no such folder; data.exposures takes one with a folder for '
                         'each scene')
    scenes = tuple(tuple(sorted(files_below(scene, ENDINGS)))
                   for scene in sorted(root.iterdir()) if scene.is_dir())
    scenes = tuple(scene for scene in scenes if len(scene) > 1)
    if not scenes:
        raise ValueError(f'{root}: no folder with two aligned photographs in it')
    return Exposures(scenes)
