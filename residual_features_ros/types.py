# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The values that travel through the package, and every convention they obey.

- Pixels are (x, y); the centre of the top-left pixel is (0, 0). Resizing an image by s maps
  p to (p + 0.5) * s - 0.5.
- Callers always receive pixels of the image they handed over, whatever size was worked on.
- Angles are degrees in [0, 360), clockwise in the image as in OpenCV; -1 where there is none.
- Level k of a detector's pyramid has the scale first_scale * scale_factor**k (PyramidScales).
- Float descriptors are float32 rows of unit L2 norm; binary ones are packed uint8 rows.
"""
from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np


def normalise_rows(rows: np.ndarray) -> np.ndarray:
    """Return the rows divided by their L2 norm; a zero row stays zero."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.maximum(norms, 1e-12)).astype(np.float32)


@dataclass(frozen=True)
class PyramidScales:
    """The pyramid that keypoints were found in, by default the image alone.

    A keypoint of level k was found in the image scaled by 1 / (first_scale * scale_factor**k).
    """

    first_scale: float = 1.0
    scale_factor: float = 2.0


@dataclass(frozen=True)
class Features:
    """The keypoints of one image and their descriptors, strongest response first.

    keypoints: (N, 2) float32, pixels.         sizes: (N,) float32, diameter in pixels.
    angles: (N,) float32, degrees or -1.       responses: (N,) float32, the detector's score.
    octaves: (N,) int32, pyramid level >= 0.   descriptors: (N, D) float32 or (N, B) uint8.
    image_size: (width, height) in pixels.
    """

    keypoints: np.ndarray
    sizes: np.ndarray
    angles: np.ndarray
    responses: np.ndarray
    octaves: np.ndarray
    descriptors: np.ndarray
    image_size: tuple[int, int]

    def __len__(self) -> int:
        """Return the number of keypoints."""
        return len(self.keypoints)

    def take(self, rows: np.ndarray) -> Features:
        """Return the keypoints that `rows` selects (indices, slice or mask), in that order."""
        names = [f.name for f in dataclasses.fields(self) if f.name != 'image_size']
        return dataclasses.replace(self, **{name: getattr(self, name)[rows] for name in names})


def float_rows(descriptors: np.ndarray) -> np.ndarray:
    """Return descriptors as float32 rows: N binary digits as -1 and 1 over the root of N."""
    if descriptors.dtype != np.uint8:
        return descriptors
    rows = signs(descriptors)
    return rows / np.float32(np.sqrt(max(rows.shape[1], 1)))


def signs(bits: np.ndarray) -> np.ndarray:
    """Return the binary digits (N, B) uint8 as -1 and 1, (N, 8 B) float32."""
    return np.unpackbits(bits, axis=1).astype(np.float32) * 2 - 1


@dataclass(frozen=True)
class Matches:
    """Pairs of keypoints of two images a and b.

    indices: (M, 2) int32, row into a and row into b.
    distances: (M,) float32, L2 of unit descriptors in [0, 2], or Hamming in bits.
    confidences: (M,) float32 in [0, 1], the probability of each to be right within 3 pixels; None
        where nobody fitted it for the method.
    """

    indices: np.ndarray
    distances: np.ndarray
    confidences: np.ndarray | None = None

    def __len__(self) -> int:
        """Return the number of matches."""
        return len(self.indices)
