# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where keypoints are allowed: a mask is not zero there, as with OpenCV's detectors.

A keypoint is allowed where all pixels around it are, which are up to four: so it lies on the mask
by no way of rounding. Masks choose among the keypoints that are found; what is found, and how it
is described, does not depend on them.
"""
from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from residual_features_ros.errors import ConfigError
from residual_features_ros.image import resize_points
from residual_features_ros.types import Features

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mask:
    """The pixels of an image that may have keypoints.

    allowed: (H, W) bool.
    name: what errors call it.
    scales: (2,) each, in x and y; keypoints are those of the image resized by one after the other.
    """

    allowed: np.ndarray
    name: str = 'the mask'
    scales: tuple[np.ndarray, ...] = ()

    @cached_property
    def restricts(self) -> bool:
        """Return whether there is a pixel that it keeps keypoints off."""
        return not self.allowed.all()

    @cached_property
    def sha256(self) -> str:
        """Return what tells masks apart, whatever their files are called."""
        shape = ' '.join(map(str, self.allowed.shape))
        return hashlib.sha256(shape.encode() + self.allowed.tobytes()).hexdigest()

    def check(self, shape: Sequence[int]) -> None:
        """Raise ConfigError unless the mask has the size of an image of the shape (H, W, ...)."""
        (height, width), (rows, columns) = self.allowed.shape, shape[:2]
        if (height, width) != (rows, columns):
            raise ConfigError(f'{self.name} is {width}x{height}, the image {columns}x{rows} '
                              '(width x height): a mask has the size of its images')

    def resized(self, scale: np.ndarray) -> Mask:
        """Return the mask for keypoints of its image resized by `scale` (2,)."""
        return self if np.all(scale == 1) \
            else dataclasses.replace(self, scales=(*self.scales, scale))

    def joined(self, other: Mask | None) -> Mask:
        """Return the mask that allows what both do; ConfigError where their sizes differ."""
        if other is None:
            return self
        other.check(self.allowed.shape)
        return Mask(self.allowed & other.allowed, f'{self.name} with {other.name}')

    def allows(self, points: np.ndarray) -> np.ndarray:
        """Return (N,) bool, which of the pixels (N, 2) may be keypoints."""
        for scale in reversed(self.scales):  # as image.map_back does
            points = resize_points(points, 1 / scale).astype(np.float32)
        last = np.array(self.allowed.shape[::-1]) - 1
        left, top = np.clip(np.floor(points), 0, last).astype(int).T
        right, bottom = np.clip(np.ceil(points), 0, last).astype(int).T
        allowed = self.allowed
        return np.asarray(allowed[top, left] & allowed[top, right]
                          & allowed[bottom, left] & allowed[bottom, right])

    def keep(self, features: Features) -> Features:
        """Return the features that are allowed, in their order."""
        return features.take(self.allows(features.keypoints))

    def picture(self, image: np.ndarray) -> np.ndarray:
        """Return the mask as OpenCV's detectors take it, (H, W) uint8, of the size of `image`.

        It allows all that `allows` does, and a little more where the image is a resized one.
        """
        whole = np.where(self.allowed, 255, 0).astype(np.uint8)
        if self.allowed.shape == image.shape[:2]:
            return whole
        size = (image.shape[1], image.shape[0])
        touched = cv2.resize(whole, size, interpolation=cv2.INTER_AREA) > 0
        return np.asarray(cv2.dilate(touched.astype(np.uint8) * 255, np.ones((3, 3), np.uint8)))


def as_mask(mask: Mask | np.ndarray | None) -> Mask | None:
    """Return a mask; an array (H, W) allows keypoints where it is not zero.

    Raises:
        ConfigError: not such an array.
    """
    if mask is None or isinstance(mask, Mask):
        return mask
    if not isinstance(mask, np.ndarray) or mask.ndim != 2:
        what = f'shape {mask.shape}' if isinstance(mask, np.ndarray) else type(mask).__name__
        raise ConfigError(f'a mask is a numpy array (H, W), not zero where keypoints are allowed, '
                          f'got {what}')
    return Mask(mask != 0)


def read_mask(path: str) -> Mask:
    """Read a mask file: a pixel allows keypoints where a colour of it is not zero.

    Raises:
        ConfigError: not a picture that can be read, or one that allows nothing.
    """
    name = f'mask {path}'
    try:
        content = np.fromfile(path, np.uint8)
        picture = cv2.imdecode(content, cv2.IMREAD_UNCHANGED) if len(content) else None
    except OSError as error:
        raise ConfigError(f'{name}: {error.strerror or error}') from error
    except cv2.error as error:
        raise ConfigError(f'{name}: {" ".join(str(error).split())}') from error
    if picture is None:
        raise ConfigError(f'{name}: not an image that OpenCV can read, or truncated')
    colours = picture.reshape(*picture.shape[:2], -1)[..., :3]  # a fourth says how opaque
    values = colours.max(2)
    if not values.any():
        raise ConfigError(f'{name} allows no keypoint: all its pixels are 0, and a mask is not '
                          'zero where keypoints are allowed')
    between = int(((values != 0) & (values != values.max())).sum())
    if between:
        log.warning('%s has %d pixels between 0 and its largest value: keypoints are allowed '
                    'there, since they are not 0 (a mask as JPEG has such pixels: take PNG)',
                    name, between)
    return Mask(values != 0, name)
