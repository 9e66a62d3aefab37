# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the detector learns from: images, and which pixel of each cell has a point."""
from __future__ import annotations

import cv2
import numpy as np

from residual_features_ros.geometry.homography import transform
from residual_features_ros.image import to_bgr, to_grey
from training.config import DataConfig
from training.data.pairs.homography_views import shown
from training.data.photometric import distort
from training.data.sources.images import ImageSource, photograph
from training.methods.superpoint.config import SuperPointConfig
from training.methods.superpoint.labels import LabelFolder, fitted
from training.methods.superpoint.model import DUSTBIN, STRIDE
from training.methods.superpoint.shapes import draw
from training.methods.superpoint.views import random_view


class Drawings:
    """Sample number -> drawing under a random homography, a pure function of (seed, number).

    An item has image (H, W) uint8 and cells (Hc, Wc) int64 for loss.detector.
    """

    def __init__(self, config: SuperPointConfig, seed: int, length: int) -> None:
        """Hold the settings; `length` is the number of samples."""
        self.config, self.seed, self.length = config, seed, length

    def __len__(self) -> int:
        """Return the number of samples."""
        return self.length

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Make sample `number`."""
        rng, size = np.random.default_rng([self.seed, 1, number]), self.config.drawing_size
        image, corners = draw(rng, size)
        to_view = random_view(rng, size, self.config.views)
        view = change(rng, warp(image, to_view, size), self.config.data)
        return {'image': view,
                'cells': cells(rng, transform(corners, to_view), shown(image, to_view, size))}


class LabelledPairs:
    """Sample number -> two views of a photograph with labels, a pure function of (seed, number).

    The first view is a crop of the photograph, the second the crop under a random homography. An
    item has images (2, H, W) uint8 grey, cells (2, Hc, Wc) int64 for loss.detector, and homography
    (3, 3) float32 from pixels of the first view to those of the second.
    """

    def __init__(self, images: ImageSource, labels: LabelFolder, config: SuperPointConfig,
                 seed: int, length: int) -> None:
        """Hold the photographs, of which all have labels; `length` is the number of samples."""
        self.images, self.labels, self.config = images, labels, config
        self.seed, self.length = seed, length

    def __len__(self) -> int:
        """Return the number of samples."""
        return self.length

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Make sample `number`."""
        rng, data = np.random.default_rng([self.seed, 1, number]), self.config.data
        image = fitted(photograph(self.images, self.seed, number), self.config.labels.size)
        points = self.labels.read(to_grey(image))
        crop = place_crop(rng, self.config.labels.size, data.size)
        homography = random_view(rng, data.size, self.config.views)
        views, targets = [], []
        for to_view in (crop, homography @ crop):
            views.append(change(rng, warp(image, to_view, data.size), data))
            valid = shown(image, to_view, data.size)
            targets.append(cells(rng, transform(points, to_view), valid))
        return {'images': np.stack(views), 'cells': np.stack(targets),
                'homography': homography.astype(np.float32)}


def warp(image: np.ndarray, to_view: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the view of `size` of an image, mirrored where it leaves it."""
    return cv2.warpPerspective(image, to_view, size, flags=cv2.INTER_LINEAR,
                               borderMode=cv2.BORDER_REFLECT_101)


def change(rng: np.random.Generator, image: np.ndarray, data: DataConfig) -> np.ndarray:
    """Change a grey or BGR view as data.photometric says and return it in grey."""
    return to_grey(distort(rng, to_bgr(image), data.photometric))


def place_crop(rng: np.random.Generator, source: tuple[int, int],
               size: tuple[int, int]) -> np.ndarray:
    """Return the 3x3 map from an image of `source` to a crop of `size` of it, by whole pixels."""
    x, y = (int(rng.integers(0, side - part + 1)) for side, part in zip(source, size, strict=True))
    return np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1]], np.float64)


def cells(rng: np.random.Generator, points: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return which pixel of each 8x8 cell has a point (section 3.4).

    Args:
        rng: chooses where a cell has several points.
        points: (N, 2) pixels, any of them outside.
        valid: (H, W) bool, pixels that show the labelled image.

    Returns:
        (H/8, W/8) int64: 0 to 63 in rows, 64 for none, -1 for a cell that is not wholly valid.
    """
    height, width = valid.shape
    rows, columns = height // STRIDE, width // STRIDE
    target = np.full((rows, columns), DUSTBIN, np.int64)
    within = ((points > -0.5) & (points < np.array([width, height]) - 0.5)).all(1)
    x, y = np.rint(rng.permutation(points[within])).astype(np.int64).T
    target[y // STRIDE, x // STRIDE] = y % STRIDE * STRIDE + x % STRIDE
    whole = valid.reshape(rows, STRIDE, columns, STRIDE).all((1, 3))
    return np.where(whole, target, -1)
