# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photographs with depth and pose: read, cut, and moved from one to the other."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import h5py
import numpy as np

from training.data.sources.images import read_bgr

NOWHERE = 1e6  # a place behind the camera, in pixels


@dataclass(frozen=True)
class Frame:
    """A photograph on disk with depth and pose.

    depth: an HDF5 file with the data set 'depth', or a 16 bit PNG; times `unit` it is the distance
        along the optical axis; 0 and less is unknown. K (3, 3) is of the depth map's pixels, with
        the centre of the top-left one at (0, 0). x_camera = R x_world + t.
    """

    image: Path
    depth: Path
    K: np.ndarray
    R: np.ndarray
    t: np.ndarray
    unit: float = 1.0

    def read(self) -> View:
        """Read both files; ValueError names one that cannot be read."""
        depth = read_depth(self.depth) * np.float32(self.unit)
        depth = np.where(np.isfinite(depth) & (depth > 0), depth, 0)
        image = read_bgr(self.image)
        if image.shape[:2] != depth.shape:
            image = cv2.resize(image, depth.shape[::-1], interpolation=cv2.INTER_AREA)
        return View(image, depth, self.K, self.R, self.t)


@dataclass(frozen=True)
class View:
    """A photograph (H, W, 3) BGR uint8 whose pixels have depth (H, W) float32, 0 for unknown.

    K, R and t as in Frame.
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


@dataclass(frozen=True)
class PosedPairs:
    """Frames and which of them see the same place: pairs (P, 2) of their numbers."""

    path: Path
    frames: tuple[Frame, ...]
    pairs: np.ndarray


def reproject(points: np.ndarray, depth: np.ndarray, first: View,
              second: View) -> tuple[np.ndarray, np.ndarray]:
    """Move pixels (N, 2) of known depth (N,) from one view to the other.

    Returns:
        places (N, 2), NOWHERE for what is behind the camera, and their depth (N,) there.
    """
    rays = np.c_[points, np.ones(len(points))] @ np.linalg.inv(first.K).T
    world = (rays * depth[:, None] - first.t) @ first.R  # R^T (x - t), in rows
    moved = world @ second.R.T + second.t
    pixels = moved @ second.K.T
    front = pixels[:, 2] > 1e-9
    places = np.full((len(points), 2), NOWHERE)
    places[front] = pixels[front, :2] / pixels[front, 2:]
    return places, moved[:, 2]


def cut(view: View, to_cut: np.ndarray, size: tuple[int, int]) -> View:
    """Return the part of a view that the similarity `to_cut` maps to an image of `size`.

    The photograph is mirrored where the cut leaves it; depth is unknown there.
    """
    scale = float(np.hypot(to_cut[0, 0], to_cut[1, 0]))
    image, from_small = view.image, np.eye(3)
    if scale < 1:  # warpPerspective does not average
        small = [max(1, round(side * scale)) for side in view.size]
        image = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
        factor = np.array(view.size) / small
        from_small = np.array([[factor[0], 0, factor[0] / 2 - 0.5],
                               [0, factor[1], factor[1] / 2 - 0.5], [0, 0, 1]])
    image = cv2.warpPerspective(image, to_cut @ from_small, size, flags=cv2.INTER_LINEAR,
                                borderMode=cv2.BORDER_REFLECT_101)
    depth = cv2.warpPerspective(view.depth, to_cut, size, flags=cv2.INTER_NEAREST)
    return View(image, depth, to_cut @ view.K, view.R, view.t)


def read_depth(path: Path) -> np.ndarray:
    """Return (H, W) float32 as stored; ValueError names a file that cannot be read."""
    if path.suffix == '.h5':
        try:
            with h5py.File(path, 'r') as file:
                return np.asarray(file['depth'], np.float32)
        except (OSError, KeyError) as error:
            raise ValueError(f'{path}: not an HDF5 file with a data set depth') from error
    depth = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if depth is None or depth.ndim != 2:
        raise ValueError(f'{path}: not a depth map')
    return depth.astype(np.float32)
