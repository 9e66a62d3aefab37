# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Samples of images that lie behind each other, each image flattened."""
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from residual_features_ros.keypoints.sift import LAYERS

BORDER = 5  # pixels that SIFT's extrema keep from the border


def gathered(flat: Tensor, index: Tensor) -> Tensor:
    """Return the values (B, K, M) of (B, L) at indices (B, K, M)."""
    return flat.gather(1, index.flatten(1)).reshape(-1, *map(int, index.shape[1:]))


class Samples(NamedTuple):
    """Samples of octaves that lie behind each other; all (B, K) int64.

    start: the octave's first sample. width, height: of its images. layer, y, x: in the octave.
    """

    start: Tensor
    width: Tensor
    height: Tensor
    layer: Tensor
    y: Tensor
    x: Tensor

    def at(self) -> Tensor:
        """Return their indices."""
        return self.start + (self.layer * self.height + self.y) * self.width + self.x

    @property
    def is_in(self) -> Tensor:
        """Return (B, K) whether they are where extrema may be."""
        return (self.layer >= 1) & (self.layer <= LAYERS) & (self.y >= BORDER) \
            & (self.x >= BORDER) & (self.y < self.height - BORDER) & (self.x < self.width - BORDER)

    def inside(self) -> Samples:
        """Return the nearest where extrema may be."""
        return self._replace(
            layer=self.layer.clamp(1, LAYERS),
            y=torch.minimum(self.y.clamp_min(BORDER), self.height - BORDER - 1),
            x=torch.minimum(self.x.clamp_min(BORDER), self.width - BORDER - 1))

    def take(self, order: Tensor) -> Samples:
        """Return those at indices (B, N)."""
        return Samples(*(part.gather(1, order) for part in self))
