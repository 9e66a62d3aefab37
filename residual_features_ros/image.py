# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Grey, resize and pad an image: the only file that scales, and so the one that maps back."""
from __future__ import annotations

import dataclasses

import cv2
import numpy as np

from residual_features_ros.types import Features

SMALLEST_SIDE_PX = 32


def fill(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scale an image to cover `size` (width, height) and crop its centre."""
    height, width = image.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    scaled = [max(round(side * scale), least)
              for side, least in zip((width, height), size, strict=True)]
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    image = cv2.resize(image, scaled, interpolation=smooth)
    left, top = (scaled[0] - size[0]) // 2, (scaled[1] - size[1]) // 2
    return np.ascontiguousarray(image[top:top + size[1], left:left + size[0]])


def check_image(image: np.ndarray) -> None:
    """Raise ValueError unless `image` is (H, W) grey or (H, W, 3) BGR uint8, 32x32 or larger."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        kind = image.dtype if isinstance(image, np.ndarray) else type(image).__name__
        raise ValueError(f'an image is a uint8 numpy array, got {kind}')
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise ValueError(f'an image is (H, W) grey or (H, W, 3) BGR, got shape {image.shape}')
    if min(image.shape[:2]) < SMALLEST_SIDE_PX:
        raise ValueError(f'an image is at least {SMALLEST_SIDE_PX}x{SMALLEST_SIDE_PX}, '
                         f'got {image.shape[1]}x{image.shape[0]} (width x height)')


def to_grey(image: np.ndarray) -> np.ndarray:
    """Return the image as (H, W) uint8 grey."""
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def to_bgr(image: np.ndarray) -> np.ndarray:
    """Return the image as (H, W, 3) uint8 BGR."""
    return image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)


def shrink(image: np.ndarray, max_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Shrink an image so that its longer side is at most `max_size` pixels (0 = never).

    Returns:
        the image, and the scale (2,) float64 in x and y that it was resized by.
    """
    height, width = image.shape[:2]
    if not max_size or max(height, width) <= max_size:
        return image, np.ones(2)
    factor = max_size / max(height, width)
    size = [max(SMALLEST_SIDE_PX, round(side * factor)) for side in (width, height)]
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return small, np.array([size[0] / width, size[1] / height])


def resize_points(points: np.ndarray, scale: np.ndarray | float) -> np.ndarray:
    """Map pixels (N, 2) of an image to those of the image resized by `scale`."""
    return (points + 0.5) * scale - 0.5


def map_back(features: Features, image: np.ndarray, scale: np.ndarray) -> Features:
    """Return features of an image resized by `scale` (2,) in pixels of the image it was before."""
    if np.all(scale == 1):
        return features
    return dataclasses.replace(
        features, keypoints=resize_points(features.keypoints, 1 / scale).astype(np.float32),
        sizes=(features.sizes / scale.mean()).astype(np.float32),
        image_size=(image.shape[1], image.shape[0]))


def pad_to_multiple(image: np.ndarray, multiple: int) -> np.ndarray:
    """Repeat the right and bottom edge until both sides are multiples; pixels keep their place."""
    height, width = image.shape[:2]
    bottom, right = -height % multiple, -width % multiple
    if not bottom and not right:
        return image
    return cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
