# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photographs whose pixels have depth, and where they were taken: read, cropped, reprojected."""
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from residual_features_ros.datasets.image_files import read_image
from residual_features_ros.datasets.posed_images import PosedImage
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.homography import resize_map

NOWHERE = 1e6  # a place behind the camera, in pixels
SAME_DEPTH = 0.05  # relative; D2-Net takes 0.05 of the scene's unit, LoFTR 0.2 relative


@dataclass(frozen=True)
class RgbdView:
    """A photograph (H, W, 3) BGR uint8 whose pixels have depth (H, W) float32, 0 for unknown.

    K: (3, 3) of these pixels. x_camera = R x_world + t.
    """

    image: np.ndarray
    depth: np.ndarray
    K: np.ndarray
    R: np.ndarray
    t: np.ndarray

    @property
    def size(self) -> tuple[int, int]:
        """Return (width, height)."""
        return self.depth.shape[1], self.depth.shape[0]

    def depth_at(self, points: np.ndarray) -> np.ndarray:
        """Return the depth (N,) of the pixels next to (N, 2); 0 outside."""
        x, y = np.rint(points).clip(-1, NOWHERE).astype(np.int64).T
        within = (x >= 0) & (y >= 0) & (x < self.size[0]) & (y < self.size[1])
        depth = np.zeros(len(points), np.float32)
        depth[within] = self.depth[y[within], x[within]]
        return depth


def read_rgbd(posed: PosedImage) -> RgbdView:
    """Read photograph and depth map, at the size of the latter.

    Raises:
        DatasetError: one cannot be read, or the image has no depth map; it is named.
    """
    if posed.depth is None:
        raise DatasetError(f'{posed.path}: has no depth map')
    depth, image, camera = posed.depth.read(), read_image(posed.path), posed.camera
    size = (depth.shape[1], depth.shape[0])
    if image.shape[:2] != depth.shape:
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    K = camera.resized(size).K if any(camera.size) and camera.size != size else camera.K
    return RgbdView(image, depth, K, posed.R, posed.t)


def reproject(points: np.ndarray, depth: np.ndarray, first: RgbdView,
              second: RgbdView) -> tuple[np.ndarray, np.ndarray]:
    """Move pixels (N, 2) of known depth (N,) from one view to the other.

    Returns:
        places (N, 2), NOWHERE for what is behind the camera, and their depth (N,) there.
    """
    rays = np.c_[points, np.ones(len(points))] @ np.linalg.inv(first.K).T  # (N, 2) -> (N, 3)
    world = (rays * depth[:, None] - first.t) @ first.R  # R^T (x - t), in rows
    moved = world @ second.R.T + second.t
    pixels = moved @ second.K.T
    front = pixels[:, 2] > 1e-9
    places = np.full((len(points), 2), NOWHERE)
    places[front] = pixels[front, :2] / pixels[front, 2:]
    return places, moved[:, 2]


def shows(view: RgbdView, places: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Return where the view's own depth at places (N, 2) is the distance (N,), nothing nearer."""
    there = view.depth_at(places)
    return (there > 0) & (np.abs(there - distance) < SAME_DEPTH * distance)


def crop(view: RgbdView, to_crop: np.ndarray, size: tuple[int, int]) -> RgbdView:
    """Return the part of a view that the similarity `to_crop` maps to an image of `size`.

    The photograph is mirrored where the crop leaves it; depth is unknown there.
    """
    scale = float(np.hypot(to_crop[0, 0], to_crop[1, 0]))
    image, from_small = view.image, np.eye(3)
    if scale < 1:  # warpPerspective does not average
        small = (max(1, round(view.size[0] * scale)), max(1, round(view.size[1] * scale)))
        image = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
        from_small = resize_map(small, view.size)
    image = cv2.warpPerspective(image, to_crop @ from_small, size, flags=cv2.INTER_LINEAR,
                                borderMode=cv2.BORDER_REFLECT_101)
    depth = cv2.warpPerspective(view.depth, to_crop, size, flags=cv2.INTER_NEAREST)
    return RgbdView(image, depth, to_crop @ view.K, view.R, view.t)
