# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Detectors without a network, as parts of whole networks: image pyramid -> Found."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.keypoints.table import DetectorRow
from training.whole.blobs import Hessian
from training.whole.dog import Dog
from training.whole.found import Found
from training.whole.images import Halved


class HessianFinder(nn.Module):
    """keypoints.hessian.find_hessian for images of one size."""

    def __init__(self, config: ExtractorConfig, size: tuple[int, int], row: DetectorRow) -> None:
        """Hold the detector; see Finder.create."""
        super().__init__()
        self.detector = Hessian(*size, config.max_keypoints, config.hessian_first_octave,
                                config.hessian_threshold)
        self.count = self.detector.count

    def forward(self, levels: Sequence[Tensor]) -> Found:
        """Find keypoints in rows.pyramid's levels, (B, 1, H, W) each."""
        width, height = self.detector.side
        found: Found = self.detector(levels[self.detector.first_octave][..., :height, :width])
        return found


class SiftFinder(nn.Module):
    """keypoints.sift.Sift for images of one size, with one orientation at a place."""

    def __init__(self, config: ExtractorConfig, size: tuple[int, int], row: DetectorRow) -> None:
        """Hold the detector; see Finder.create."""
        super().__init__()
        self.pixels: Tensor
        self.size = size
        self.halved = Halved(*size) if config.sift_first_octave == 0 else None
        small = self.halved.small if self.halved is not None else size
        self.detector = Dog(*small, config.max_keypoints, config.sift_contrast_threshold,
                            row.oriented)
        self.count = self.detector.count
        # The small image's pixels in those of the image.
        self.register_buffer('pixels', torch.tensor(size) / torch.tensor(small), persistent=False)
        self.pixel = 2 / sum(after / before for after, before in zip(small, size, strict=True))

    def forward(self, levels: Sequence[Tensor]) -> Found:
        """Find keypoints in rows.pyramid's levels, (B, 1, H, W) each."""
        width, height = self.size
        image = levels[0][..., :height, :width]
        if self.halved is None:
            found: Found = self.detector(image)
            return found
        found = self.detector(self.halved(image))
        return found._replace(places=(found.places + 0.5) * self.pixels - 0.5,
                              sizes=found.sizes * self.pixel, octaves=found.octaves + 1)


@dataclass(frozen=True)
class Finder:
    """A detector's place in a whole network.

    create: makes it, of the settings, the (width, height) of the images and the row of
        keypoints.table; it has the attribute count, the most keypoints of an image. Angles that
        it gives are -1 where it has none.
    settings: those of ExtractorConfig that are fixed in it.
    oriented: whether it gives angles.
    """

    create: Callable[[ExtractorConfig, tuple[int, int], DetectorRow], HessianFinder | SiftFinder]
    settings: tuple[str, ...]
    oriented: bool


FINDERS = {  # by DetectorRow.finder
    'hessian': Finder(HessianFinder, ('hessian_first_octave', 'hessian_threshold', 'places'),
                      oriented=False),
    'sift': Finder(SiftFinder, ('sift_first_octave', 'sift_contrast_threshold', 'sift_rows'),
                   oriented=True),
}
