# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of photographs with poses and no depth."""
from __future__ import annotations

import cv2
import numpy as np

from residual_features_ros.image import to_bgr, to_grey
from training.config import DataConfig
from training.data.pairs.depth_pairs import fundamental
from training.data.photometric import distort
from training.data.pose_layouts import Shot, ShotPairs
from training.data.posed import View
from training.data.sources.images import read_bgr


class EpipolarPairs:
    """Sample number -> pair, a pure function of (seed, number).

    Photographs are resized to the size, whatever their aspect (section 4.1), and changed as
    config.photometric says. An item is a dictionary of numpy arrays:
        images (2, H, W, 3) uint8 BGR
        fundamental (3, 3) float32 of norm 1, p_2^T F p_1 = 0 in pixels
    """

    def __init__(self, source: ShotPairs, config: DataConfig, seed: int, length: int) -> None:
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
        views = [resized(self.source.frames[k], self.config.size) for k in chosen]
        images = [distort(rng, view.image, self.config.photometric) for view in views]
        if rng.random() < self.config.photometric.grey_share:
            images = [to_bgr(to_grey(image)) for image in images]
        return {'images': np.stack(images),
                'fundamental': fundamental(*views).astype(np.float32)}


def resized(shot: Shot, size: tuple[int, int]) -> View:
    """Read a photograph at `size`, with K of its pixels there."""
    image = read_bgr(shot.image)
    x, y = size[0] / image.shape[1], size[1] / image.shape[0]
    way = cv2.INTER_AREA if min(x, y) < 1 else cv2.INTER_LINEAR
    K = np.array([[x, 0, x / 2 - 0.5], [0, y, y / 2 - 0.5], [0, 0, 1]]) @ shot.K
    return View(cv2.resize(image, size, interpolation=way), np.zeros(size[::-1], np.float32), K,
                shot.R, shot.t)
