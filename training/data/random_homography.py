# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Random homographies between two views of one photograph."""
from __future__ import annotations

import cv2
import numpy as np

from residual_features_ros.geometry.homography import inside, transform
from training.config import WarpConfig


def random_homography(rng: np.random.Generator, size: tuple[int, int],
                      config: WarpConfig) -> np.ndarray:
    """Draw the 3x3 map from pixels of one view to those of the other.

    Drawn again, up to 20 times, until the share min_overlap of the first view is in the second.
    """
    for _ in range(20):
        homography = _draw(rng, size, config)
        if overlap(homography, size) >= config.min_overlap:
            break
    return homography


def _draw(rng: np.random.Generator, size: tuple[int, int], config: WarpConfig) -> np.ndarray:
    width, height = size
    half = 180.0 if rng.random() < config.full_rotation else config.rotation_deg
    angle = np.radians(rng.uniform(-half, half))
    scale = np.exp(rng.uniform(-1, 1) * np.log(config.scale))
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    shift = rng.uniform(-config.translation, config.translation, 2) * size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5
    centre = corners.mean(0)
    moved = (corners - centre) @ np.array([[cosine, sine], [-sine, cosine]]) + centre + shift
    moved += rng.uniform(-1, 1, (4, 2)) * config.perspective * rng.random() * min(size) * scale
    return cv2.getPerspectiveTransform(corners.astype(np.float32), moved.astype(np.float32))


def overlap(homography: np.ndarray, size: tuple[int, int]) -> float:
    """Return the share of the first view's area that falls inside the second, in [0, 1]."""
    x, y = np.meshgrid(np.linspace(0, size[0] - 1, 12), np.linspace(0, size[1] - 1, 9))
    points = np.stack([x.ravel(), y.ravel()], 1)
    in_front = (np.c_[points, np.ones(len(points))] @ homography[2]) > 0
    return float((in_front & inside(transform(points, homography), size)).mean())
