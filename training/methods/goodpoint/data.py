# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of views of one crop, both warped, each with noise of its own (section 5)."""
from __future__ import annotations

import cv2
import numpy as np

from residual_features_ros.image import to_grey
from training.config import DataConfig
from training.data.pairs.homography_views import random_crop, shown
from training.data.sources.images import ImageSource, photograph
from training.methods.goodpoint.config import CornerConfig, HomographyConfig, NoiseConfig
from training.methods.goodpoint.noise import disturb


class NoisyPairs:
    """Sample number -> pair, a pure function of (seed, number).

    An item is a dictionary of numpy arrays:
        images (2, H, W) uint8 grey
        valid (2, H, W) bool, pixels that show the photograph and not its mirrored surroundings
        homography (3, 3) float32 from pixels of the first view to those of the second
        corners (2, H, W) bool, where `corners` asks for them: of the views before the noise
    """

    def __init__(self, images: ImageSource, data: DataConfig, warp: HomographyConfig,
                 noise: NoiseConfig, seed: int, length: int,
                 corners: CornerConfig | None = None) -> None:
        """Hold the source of images; `length` is the number of samples."""
        self.images, self.data, self.warp, self.noise = images, data, warp, noise
        self.corners = corners
        self.seed, self.length = seed, length

    def __len__(self) -> int:
        """Return the number of samples."""
        return self.length

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Make sample `number`."""
        size = self.data.size
        rng = np.random.default_rng([self.seed, 1, number])
        alike = np.random.default_rng([self.seed, 2, number // max(self.warp.pairs_alike, 1)])
        image = to_grey(photograph(self.images, self.seed, number))
        crop = random_crop(rng, image.shape[1::-1], size)
        maps = [random_view(alike, size, self.warp) @ crop for _ in range(2)]
        views = [cv2.warpPerspective(image, to_view, size, flags=cv2.INTER_LINEAR,
                                     borderMode=cv2.BORDER_REFLECT_101) for to_view in maps]
        homography = maps[1] @ np.linalg.inv(maps[0])
        valid = [shown(image, to_view, size) for to_view in maps]
        item = {'images': np.stack([disturb(rng, view, self.noise) for view in views]),
                'valid': np.stack(valid),
                'homography': (homography / homography[2, 2]).astype(np.float32)}
        if self.corners:
            item['corners'] = np.stack([corners_of(view, shows, self.corners)
                                        for view, shows in zip(views, valid, strict=True)])
        return item


def corners_of(view: np.ndarray, valid: np.ndarray, config: CornerConfig) -> np.ndarray:
    """Return which pixels (H, W) bool of a grey view are corners, of those that are valid."""
    found = cv2.goodFeaturesToTrack(view, 0, config.quality, config.apart_px,
                                    mask=valid.astype(np.uint8))
    corners = np.zeros(view.shape, bool)
    if found is not None:
        x, y = found[:, 0].astype(int).T  # (N, 1, 2) whole pixels
        corners[y, x] = True
    return corners


def random_view(rng: np.random.Generator, size: tuple[int, int],
                config: HomographyConfig) -> np.ndarray:
    """Draw the 3x3 map from pixels of a crop of `size` (width, height) to those of a view of it.

    The view's corners show places of the crop's plane: its corners, each moved by itself, two of
    one side moved against each other, then scaled and turned about the centre.
    """
    width, height = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5
    centre = corners.mean(0)
    moved = corners + rng.uniform(-config.shift_px, config.shift_px, (4, 2))
    side = int(rng.integers(4))  # top, right, bottom, left
    along = np.sign(corners[(side + 1) % 4] - corners[side])
    shift = rng.uniform(-config.perspective_px, config.perspective_px) * along
    moved[side] -= shift
    moved[(side + 1) % 4] += shift
    angle = rng.uniform(-config.rotation_rad, config.rotation_rad)
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    moved = rng.uniform(*config.scale) * (moved - centre) @ turn + centre
    return cv2.getPerspectiveTransform(moved.astype(np.float32), corners.astype(np.float32))
