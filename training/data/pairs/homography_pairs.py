# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photographs, and pairs of views with homographies, for methods that find their own keypoints."""
from __future__ import annotations

import cv2
import numpy as np

from training.config import DataConfig
from training.data.pairs.homography_views import cut_views, draw_maps, random_crop, shown
from training.data.pairs.still_samples import StillSamples
from training.data.sources.images import ImageSource


class HomographyPairs(StillSamples):
    """Sample number -> pair, a pure function of (seed, number), with KeypointPairs's views.

    An item is a dictionary of numpy arrays:
        images (2, H, W, 3) uint8 BGR
        valid (2, H, W) bool, pixels that show the photograph and not its mirrored surroundings
        homography (3, 3) float32 from pixels of the first view to those of the second
    """

    def __init__(self, images: ImageSource, config: DataConfig, seed: int, length: int) -> None:
        """Hold the source of images; `length` is the number of samples."""
        super().__init__(images, seed, length)
        self.config = config

    def make(self, rng: np.random.Generator, image: np.ndarray) -> dict[str, np.ndarray]:
        """Make a sample of a photograph (H, W, 3) BGR uint8."""
        crop, homography = draw_maps(rng, image, self.config)
        maps = crop, homography @ crop
        return {'images': np.stack(cut_views(rng, image, maps, self.config)),
                'valid': np.stack([shown(image, to_view, self.config.size) for to_view in maps]),
                'homography': homography.astype(np.float32)}


class Crops(StillSamples):
    """Sample number -> random crop of a photograph as it is, a pure function of (seed, number).

    An item has image (H, W, 3) uint8 BGR.
    """

    def __init__(self, images: ImageSource, size: tuple[int, int], seed: int, length: int) -> None:
        """Hold the source of images; crops have `size` (width, height)."""
        super().__init__(images, seed, length)
        self.size = size

    def make(self, rng: np.random.Generator, image: np.ndarray) -> dict[str, np.ndarray]:
        """Make a sample of a photograph (H, W, 3) BGR uint8."""
        crop = random_crop(rng, image.shape[1::-1], self.size)
        return {'image': cv2.warpPerspective(image, crop, self.size, flags=cv2.INTER_LINEAR,
                                             borderMode=cv2.BORDER_REFLECT_101)}
