# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Samples that are made of one photograph each."""
from __future__ import annotations

import numpy as np

from training.data.sources.images import ImageSource, photograph


class StillSamples:
    """Sample number -> sample, a pure function of (seed, number): any worker, order or resume."""

    def __init__(self, images: ImageSource, seed: int, length: int) -> None:
        """Hold the source of images; `length` is the number of samples."""
        self.images, self.seed, self.length = images, seed, length

    def __len__(self) -> int:
        """Return the number of samples."""
        return self.length

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Make sample `number`."""
        rng = np.random.default_rng([self.seed, 1, number])
        return self.make(rng, photograph(self.images, self.seed, number))

    def make(self, rng: np.random.Generator, image: np.ndarray) -> dict[str, np.ndarray]:
        """Make a sample of a photograph (H, W, 3) BGR uint8."""
        raise NotImplementedError
