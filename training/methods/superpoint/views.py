# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""SuperPoint's random homographies: a deformed rectangle of the image fills it again."""
from __future__ import annotations

import cv2
import numpy as np

from training.methods.superpoint.config import ViewConfig

TRUNCATED = 2.0  # deviations


def random_view(rng: np.random.Generator, size: tuple[int, int], config: ViewConfig) -> np.ndarray:
    """Draw the 3x3 map from pixels of an image of `size` (width, height) to those of its warp."""
    sides = np.array(size, np.float64)
    margin = (1 - config.patch_ratio) / 2
    rectangle = margin + config.patch_ratio * np.array([[0, 0], [0, 1], [1, 1], [1, 0]], float)
    patch = rectangle + perspective_shift(rng, config.perspective)
    centre = patch.mean(0)
    patch = centre + (patch - centre) * (1 + truncated_normal(rng, config.scale))
    room = np.maximum(patch.min(0), 0), np.maximum((1 - patch).min(0), 0)
    patch = patch + rng.uniform(-room[0], room[1])
    pixels = turned(patch * sides, rng.choice(angles_deg(config))) - 0.5
    return cv2.getPerspectiveTransform(pixels.astype(np.float32),
                                       (rectangle * sides - 0.5).astype(np.float32))


def perspective_shift(rng: np.random.Generator, deviation: float) -> np.ndarray:
    """Return how far the corners (4, 2) move, as shares of the sides: each of two edges tilts."""
    tilt, left, right = (truncated_normal(rng, deviation) for _ in range(3))
    return np.array([[left, tilt], [left, -tilt], [right, tilt], [right, -tilt]])


def truncated_normal(rng: np.random.Generator, deviation: float) -> float:
    """Draw from a normal distribution of mean 0, again while it is beyond two deviations."""
    value = rng.standard_normal()
    while abs(value) > TRUNCATED:
        value = rng.standard_normal()
    return deviation * value


def angles_deg(config: ViewConfig) -> np.ndarray:
    """Return the angles that are drawn from, zero alone where there is no room for more."""
    if config.angles < 2 or not config.rotation_deg:
        return np.zeros(1)
    return np.linspace(-config.rotation_deg, config.rotation_deg, config.angles)


def turned(points: np.ndarray, angle_deg: float) -> np.ndarray:
    """Turn points (N, 2) about their mean."""
    cosine, sine = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    centre = points.mean(0)
    return (points - centre) @ np.array([[cosine, sine], [-sine, cosine]]) + centre
