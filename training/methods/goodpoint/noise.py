# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Six noise filters, each used or not, and none that ruins the image (section 5.1)."""
from __future__ import annotations

import cv2
import numpy as np

from training.methods.goodpoint.config import NoiseConfig

ELLIPSES = 20
SHADE_BLUR_PX = (45, 85)  # least and most of the Gaussian's kernel


def disturb(rng: np.random.Generator, image: np.ndarray, config: NoiseConfig) -> np.ndarray:
    """Return a grey image (H, W) uint8 after the filters, in the order of section 5.1."""
    start = image.var()
    current = image.astype(np.float32)
    for change in FILTERS:
        if rng.random() >= config.share:
            continue
        changed = np.clip(change(rng, current, config), 0, 255)
        if changed.var() >= config.ruined * start:
            current = changed
    return np.rint(current).astype(np.uint8)


def gaussian(rng: np.random.Generator, image: np.ndarray, config: NoiseConfig) -> np.ndarray:
    """Add noise of standard deviation config.gaussian."""
    return image + np.float32(config.gaussian) * rng.standard_normal(image.shape, np.float32)


def brightness(rng: np.random.Generator, image: np.ndarray, config: NoiseConfig) -> np.ndarray:
    """Add one value to all pixels."""
    return image + np.float32(rng.uniform(-config.brightness, config.brightness))


def shade(rng: np.random.Generator, image: np.ndarray, config: NoiseConfig) -> np.ndarray:
    """Darken or lighten what blurred ellipses cover."""
    height, width = image.shape
    longest = min(height, width) / 4
    mask = np.zeros((height, width), np.uint8)
    for _ in range(ELLIPSES):
        axes = [int(max(longest * rng.random(), longest / 5)) for _ in range(2)]
        reach = max(axes)
        centre = [int(rng.integers(reach, side - reach)) for side in (width, height)]
        cv2.ellipse(mask, centre, axes, 90 * rng.random(), 0, 360, 255, -1)
    kernel = int(rng.integers(*SHADE_BLUR_PX)) | 1
    cover = cv2.GaussianBlur(mask.astype(np.float32), (kernel, kernel), 0) / 255
    return image * (1 - np.float32(rng.uniform(*config.shade)) * cover)


def salt_pepper(rng: np.random.Generator, image: np.ndarray, config: NoiseConfig) -> np.ndarray:
    """Make a share of the pixels white and as many black; half of config.salt_pepper each."""
    drawn = rng.random(image.shape, np.float32)
    changed = image.copy()
    changed[drawn < config.salt_pepper] = 255
    changed[drawn < config.salt_pepper / 2] = 0
    return changed


def motion(rng: np.random.Generator, image: np.ndarray, config: NoiseConfig) -> np.ndarray:
    """Smear along a row, a column or a diagonal, with the weights of a Gaussian."""
    side = 2 * int(rng.integers(1, max(config.motion_px // 2, 1) + 1)) + 1
    line = np.zeros((side, side), np.float32)
    middle = side // 2
    kind = rng.integers(4)
    if kind == 0:
        line[middle] = 1
    elif kind == 1:
        line[:, middle] = 1
    else:
        line = np.eye(side, dtype=np.float32)[::1 if kind == 2 else -1]
    away = np.arange(side) - middle
    line = line * np.exp(-(away[:, None]**2 + away**2) / (side * side / 8))
    return cv2.filter2D(image, -1, (line / line.sum()).astype(np.float32),
                        borderType=cv2.BORDER_REFLECT_101)


def contrast(rng: np.random.Generator, image: np.ndarray, config: NoiseConfig) -> np.ndarray:
    """Scale the distance from the middle of the image's range."""
    middle = (image.max() + image.min()) / 2
    return (image - middle) * np.float32(rng.uniform(*config.contrast)) + middle


FILTERS = (gaussian, brightness, shade, salt_pepper, motion, contrast)
