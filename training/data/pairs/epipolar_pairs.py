# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of photographs with poses and no depth."""
from __future__ import annotations

import cv2
import numpy as np

from residual_features_ros.datasets.image_files import read_image
from residual_features_ros.datasets.posed_images import PosedImage
from residual_features_ros.geometry.epipolar import fundamental
from residual_features_ros.geometry.homography import resize_map
from residual_features_ros.geometry.pose import relative_pose
from residual_features_ros.image import to_bgr, to_grey
from training.config import DataConfig
from training.data.photometric import distort
from training.data.sources.posed import PosedPairs


class EpipolarPairs:
    """Sample number -> pair, a pure function of (seed, number).

    Photographs are resized to the size, whatever their aspect (section 4.1), and changed as
    config.photometric says. An item is a dictionary of numpy arrays:
        images (2, H, W, 3) uint8 BGR
        fundamental (3, 3) float32 of norm 1, p_2^T F p_1 = 0 in pixels
    """

    def __init__(self, source: PosedPairs, config: DataConfig, seed: int, length: int) -> None:
        """Hold the source; `length` is the number of samples."""
        self.source, self.config, self.seed, self.length = source, config, seed, length

    def __len__(self) -> int:
        """Return the number of samples."""
        return self.length

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Make sample `number`; ValueError names a photograph that cannot be read."""
        rng = np.random.default_rng([self.seed, 1, number])
        epoch, place = divmod(number, len(self.source.pairs))
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.source.pairs))
        chosen = rng.permutation(self.source.pairs[order[place]])
        posed = [self.source.images[k] for k in chosen]
        views, Ks = zip(*(resized(image, self.config.size) for image in posed), strict=True)
        images = [distort(rng, view, self.config.photometric) for view in views]
        if rng.random() < self.config.photometric.grey_share:
            images = [to_bgr(to_grey(image)) for image in images]
        first, second = posed
        matrix = fundamental(Ks[0], Ks[1], *relative_pose(first, second))
        return {'images': np.stack(images), 'fundamental': matrix.astype(np.float32)}


def resized(posed: PosedImage, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Read a photograph at `size` (width, height) and return K (3, 3) of its pixels there too."""
    image = read_image(posed.path)
    here = (image.shape[1], image.shape[0])
    smooth = cv2.INTER_AREA if min(np.divide(size, here)) < 1 else cv2.INTER_LINEAR
    return cv2.resize(image, size, interpolation=smooth), resize_map(here, size) @ posed.camera.K
