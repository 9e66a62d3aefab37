# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A calibrated camera, and what its lens did."""
from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from residual_features_ros.geometry.homography import resize_map

FISHEYE = ('equidistant', 'fisheye')  # ROS's names of OpenCV's fisheye model


@dataclass(frozen=True)
class Camera:
    """A pinhole camera with distortion.

    K: (3, 3) of pixels whose first has its centre at (0, 0).
    size: (width, height) in pixels of the images it is for, (0, 0) where it is not said.
    distortion: (D,) coefficients of `model` as OpenCV orders them, none without.
    model: ROS's name of the distortion model; '' is plumb_bob.
    guessed: whether nobody has measured K's focal length.
    """

    K: np.ndarray
    size: tuple[int, int] = (0, 0)
    distortion: np.ndarray = field(default_factory=lambda: np.zeros(0))
    model: str = ''
    guessed: bool = False

    def __post_init__(self) -> None:
        """Lay K out row by row: OpenCV's USAC takes a part of a larger matrix for another one."""
        object.__setattr__(self, 'K', np.ascontiguousarray(self.K, np.float64))

    @property
    def focal_px(self) -> float:
        """Return the mean focal length in pixels."""
        return float(self.K[0, 0] + self.K[1, 1]) / 2

    @property
    def distorted(self) -> bool:
        """Return whether the lens bends straight lines."""
        return bool(np.any(self.distortion))

    def resized(self, size: tuple[int, int]) -> Camera:
        """Return the camera of the image resized to `size` (width, height)."""
        return replace(self, K=resize_map(self.size, size) @ self.K, size=size)

    def cropped(self, offset: tuple[int, int], size: tuple[int, int]) -> Camera:
        """Return the camera of a part of the image.

        Args:
            offset: (x, y) of the part's first pixel.
            size: (width, height) of the part.
        """
        move = np.array([[1.0, 0, -offset[0]], [0, 1, -offset[1]], [0, 0, 1]])
        return replace(self, K=move @ self.K, size=size)

    def binned(self, factors: tuple[int, int]) -> Camera:
        """Return the camera of images each of whose pixels is the mean of `factors` (x, y)."""
        x, y = factors
        size = (self.size[0] // x, self.size[1] // y)
        return replace(self, K=resize_map(factors, (1, 1)) @ self.K, size=size)

    def undistort(self, points: np.ndarray) -> np.ndarray:
        """Return pixels (N, 2) as an ideal camera of the same K has them, float64."""
        points = np.asarray(points, np.float64).reshape(-1, 1, 2)
        if not len(points) or not self.distorted:
            return points.reshape(-1, 2)
        undo = cv2.fisheye.undistortPoints if self.model in FISHEYE else cv2.undistortPoints
        return np.asarray(undo(points, self.K, self.distortion, P=self.K)).reshape(-1, 2)
