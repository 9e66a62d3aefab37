# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two views of one photograph: a random crop, and the crop under a random homography."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from residual_features_ros.image import to_bgr, to_grey
from training.config import DataConfig
from training.data.photometric import distort
from training.data.random_homography import random_homography


def make_views(rng: np.random.Generator, image: np.ndarray, config: DataConfig,
               other: np.ndarray | None = None) -> tuple[list[np.ndarray], np.ndarray]:
    """Cut two views of config.size out of a photograph.

    The first is a random crop, the second the crop under a random homography; both are sampled
    from the photograph itself, and mirrored where they leave it.

    Args:
        rng: decides.
        image: (H, W, 3) BGR uint8.
        config: size, warp and photometric.
        other: an image of the same place in other light that the second view is cut of.

    Returns:
        the views (H, W, 3) BGR uint8, and the homography from the first to the second.
    """
    crop, homography = draw_maps(rng, image, config)
    maps = (crop, homography @ crop)
    return cut_views(rng, image, maps, config, other), homography


def draw_maps(rng: np.random.Generator, image: np.ndarray,
              config: DataConfig) -> tuple[np.ndarray, np.ndarray]:
    """Draw the 3x3 maps from a photograph to a view of it, and from that to a second view."""
    crop = random_crop(rng, image.shape[1::-1], config.size)
    return crop, random_homography(rng, config.size, config.warp)


def cut_views(rng: np.random.Generator, image: np.ndarray, maps: Sequence[np.ndarray],
              config: DataConfig, other: np.ndarray | None = None) -> list[np.ndarray]:
    """Cut views of config.size and change each as config.photometric says; all grey or none.

    Views but the first are cut of `other` where it is given.
    """
    grey = rng.random() < config.photometric.grey_share
    views = []
    for number, to_view in enumerate(maps):
        source = image if other is None or not number else other
        view = cv2.warpPerspective(source, to_view, config.size, flags=cv2.INTER_LINEAR,
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


def shown(image: np.ndarray, to_view: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return (H, W) bool: pixels of a view of `size` that lie in the photograph."""
    everything = np.ones(image.shape[:2], np.uint8)
    return cv2.warpPerspective(everything, to_view, size, flags=cv2.INTER_NEAREST).astype(bool)
