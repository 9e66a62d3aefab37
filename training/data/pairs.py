# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Training pairs: two views of a photograph, their keypoints, and which ones correspond."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.fusion import keypoint_rows
from residual_features_ros.handcrafted import detect
from residual_features_ros.image import to_bgr, to_grey
from residual_features_ros.types import Features, float_rows
from training.config import DataConfig
from training.data.homography import inside, predict_keypoints, random_homography
from training.data.images import ImageSource, photograph
from training.data.photometric import distort

MATCH_PX = 3.0
MATCH_DEG = 45.0
MATCH_OCTAVES = 1.0


class PairDataset:
    """Sample number -> pair, a pure function of (seed, number): any worker, any order, any resume.

    An item is a dictionary of numpy arrays; K = data.keypoints, missing keypoints are zeros:
        images (2, H, W, 3) uint8 BGR      keypoints (2, K, 4) x, y, size, angle
        handcrafted (2, K, D)              valid (2, K) bool
        warped (K, 2) places of the first view's keypoints in the second
        match (K,) int64 row in the second view, -1 for none
        homography (3, 3) float32 from pixels of the first view to those of the second
    """

    def __init__(self, images: ImageSource, handcrafted: str, config: DataConfig, seed: int,
                 length: int) -> None:
        """Hold the source of images; `length` is the number of samples."""
        self.images, self.handcrafted, self.config = images, handcrafted, config
        self.seed, self.length = seed, length

    def __len__(self) -> int:
        """Return the number of samples."""
        return self.length

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Make sample `number`."""
        rng = np.random.default_rng([self.seed, 1, number])
        image = photograph(self.images, self.seed, number)
        views, homography = make_views(rng, image, self.config)
        found = [self._detect(view) for view in views]
        return collate_pair(views, found, homography, self.config.keypoints,
                            upright='upright' in self.handcrafted)

    def _detect(self, view: np.ndarray) -> Features:
        return detect(self.handcrafted, to_grey(view), self.config.keypoints, ExtractorConfig())


def make_views(rng: np.random.Generator, image: np.ndarray,
               config: DataConfig) -> tuple[list[np.ndarray], np.ndarray]:
    """Cut two views of config.size out of a photograph.

    The first is a random crop, the second the crop under a random homography; both are sampled
    from the photograph itself, and mirrored where they leave it.

    Returns:
        the views (H, W, 3) BGR uint8, and the homography from the first to the second.
    """
    crop, homography = draw_maps(rng, image, config)
    return cut_views(rng, image, (crop, homography @ crop), config), homography


def draw_maps(rng: np.random.Generator, image: np.ndarray,
              config: DataConfig) -> tuple[np.ndarray, np.ndarray]:
    """Draw the 3x3 maps from a photograph to a view of it, and from that to a second view."""
    crop = random_crop(rng, image.shape[1::-1], config.size)
    return crop, random_homography(rng, config.size, config.warp)


def cut_views(rng: np.random.Generator, image: np.ndarray, maps: Sequence[np.ndarray],
              config: DataConfig) -> list[np.ndarray]:
    """Cut views of config.size and change each as config.photometric says; all grey or none."""
    grey = rng.random() < config.photometric.grey_share
    views = []
    for to_view in maps:
        view = cv2.warpPerspective(image, to_view, config.size, flags=cv2.INTER_LINEAR,
                                   borderMode=cv2.BORDER_REFLECT_101)
        view = distort(rng, view, config.photometric)
        views.append(to_bgr(to_grey(view)) if grey else view)
    return views


def random_crop(rng: np.random.Generator, source: tuple[int, int],
                size: tuple[int, int]) -> np.ndarray:
    """Return the 3x3 map from pixels of a photograph to those of a random crop of it."""
    least = max(size[0] / source[0], size[1] / source[1])
    scale = np.exp(rng.uniform(np.log(least), np.log(max(1.2, least))))
    room = np.maximum(np.array(source) * scale - size, 0)
    offset = 0.5 * scale - 0.5 - rng.random(2) * room  # p -> (p + 0.5) * scale - 0.5 - place
    return np.array([[scale, 0, offset[0]], [0, scale, offset[1]], [0, 0, 1]])


def collate_pair(views: list[np.ndarray], found: list[Features], homography: np.ndarray,
                 count: int, upright: bool) -> dict[str, np.ndarray]:
    """Pad the keypoints of two views to `count` rows and find the corresponding ones."""
    size = (views[0].shape[1], views[0].shape[0])
    rows = [keypoint_rows(features) for features in found]
    predicted = predict_keypoints(rows[0], homography)
    match = correspond(predicted, rows[1], upright)
    match[~inside(predicted[:, :2], size)] = -1
    return {
        'images': np.stack(views),
        'keypoints': np.stack([_pad(r, count) for r in rows]),
        'handcrafted': np.stack([_pad(float_rows(f.descriptors), count) for f in found]),
        'valid': np.stack([np.arange(count) < len(f) for f in found]),
        'warped': _pad(predicted[:, :2].astype(np.float32), count, 1e6),
        'match': _pad(match, count, -1),
        'homography': homography.astype(np.float32),
    }


def correspond(predicted: np.ndarray, found: np.ndarray, upright: bool) -> np.ndarray:
    """Pair predicted keypoints with those found, each other's nearest in place, size and angle.

    Args:
        predicted: (N, 4) x, y, size, angle that the homography gives.
        found: (M, 4) the second view's.
        upright: angles say nothing.

    Returns:
        (N,) int64 row in `found` or -1: within 3 px, one octave and 45 degrees. The angle counts
        because a place with two dominant orientations is two keypoints.
    """
    if not len(predicted) or not len(found):
        return np.full(len(predicted), -1, np.int64)
    apart = np.linalg.norm(predicted[:, None, :2] - found[None, :, :2], axis=2) / MATCH_PX
    sizes = np.maximum(predicted[:, 2], 1e-3)[:, None] / found[None, :, 2]
    octaves = np.abs(np.log2(sizes)) / MATCH_OCTAVES
    turn = (predicted[:, None, 3] - found[None, :, 3] + 180) % 360 - 180
    turned = np.zeros_like(turn) if upright else np.abs(turn) / MATCH_DEG
    cost = np.where((apart <= 1) & (octaves <= 1) & (turned <= 1), apart + octaves + turned, 9.0)
    best = cost.argmin(1)
    mutual = cost.argmin(0)[best] == np.arange(len(best))
    return np.where(mutual & (cost.min(1) < 9), best, -1).astype(np.int64)


def _pad(rows: np.ndarray, count: int, value: float = 0) -> np.ndarray:
    padded = np.full((count, *rows.shape[1:]), value, rows.dtype)
    padded[:len(rows)] = rows
    return padded
