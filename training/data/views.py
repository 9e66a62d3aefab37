# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photographs whose camera and pose are known, without depth; layouts are in view_layouts.py."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from training.data.sources.images import read_bgr

GAPS = (2, 3, 5, 8, 13)  # frames of a video between the two of a pair
MOST_TURNED_DEG = 60  # between the optical axes of two views that may see the same
SAME_ASPECT = 0.02  # K's picture and the file may differ by the rounding of a resize


@dataclass(frozen=True)
class Camera:
    """K (3, 3) of pixels whose first has its centre at (0, 0), of an image of `size` (w, h).

    distortion: k1, k2, p1, p2 as OpenCV and COLMAP's model OPENCV have them, or nothing.
    """

    K: np.ndarray
    size: tuple[int, int]
    distortion: tuple[float, ...] = ()

    def resized(self, size: tuple[int, int]) -> Camera:
        """Return the camera of the image resized to `size`."""
        x, y = size[0] / self.size[0], size[1] / self.size[1]
        to_new = np.array([[x, 0, 0.5 * x - 0.5], [0, y, 0.5 * y - 0.5], [0, 0, 1]])
        return Camera(to_new @ self.K, size, self.distortion)


@dataclass(frozen=True)
class View:
    """A photograph on disk: x_camera = R x_world + t, in metres or the source's own unit.

    name: its file's below the folder of images, as COLMAP and hloc call it.
    """

    name: str
    path: Path
    camera: Camera
    R: np.ndarray
    t: np.ndarray

    @property
    def centre(self) -> np.ndarray:
        """Return the place of the camera (3,) in the world."""
        return -self.R.T @ self.t


@dataclass(frozen=True)
class Scene:
    """Views of one place, and which of them are asked to match: pairs (P, 2) of numbers.

    images: the folder that the names are relative to. video: the views follow each other.
    """

    name: str
    images: Path
    views: tuple[View, ...]
    pairs: np.ndarray
    video: bool = False


def read_view(view: View, most: tuple[int, int],
              ) -> tuple[np.ndarray, Camera, tuple[int, int]]:
    """Return an image (H, W, 3) shrunk to fit into `most` (width, height), its camera.

    The third is the size (width, height) of the file.

    Raises:
        ValueError: no image, or a K that is of another picture.
    """
    image = read_bgr(view.path)
    width, height = image.shape[1::-1]
    camera = view.camera
    aspect = camera.size[0] * height / (camera.size[1] * width)
    cx, cy = camera.K[:2, 2]
    if abs(aspect - 1) > SAME_ASPECT:
        raise ValueError(f'{view.path}: is {width}x{height}, but its K is for '
                         f'{camera.size[0]}x{camera.size[1]}, another shape')
    if not (0 < cx < camera.size[0] and 0 < cy < camera.size[1]):
        raise ValueError(f'{view.path}: wrong K, its principal point ({cx:g}, {cy:g}) lies '
                         f'outside the image of {camera.size[0]}x{camera.size[1]}')
    shrink = min(1.0, most[0] / width, most[1] / height)
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    if size != (width, height):
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return image, camera.resized(size), (width, height)


def relative_pose(first: View, second: View) -> tuple[np.ndarray, np.ndarray]:
    """Return R (3, 3) and t (3,) that move points of the first camera to the second's."""
    R = second.R @ first.R.T
    return R, second.t - R @ first.t


def turned_deg(first: View, second: View) -> float:
    """Return the angle between the optical axes."""
    return float(np.degrees(np.arccos(np.clip(first.R[2] @ second.R[2], -1, 1))))


def facing(views: Sequence[View]) -> np.ndarray:
    """Return the pairs (P, 2) of unordered views whose axes are within MOST_TURNED_DEG."""
    return _kept(views, [(a, b) for a in range(len(views)) for b in range(a + 1, len(views))])


def spaced(views: Sequence[View]) -> np.ndarray:
    """Return the pairs (P, 2) of a video at GAPS whose axes are within MOST_TURNED_DEG."""
    return _kept(views, [(k, k + gap) for gap in GAPS for k in range(len(views) - gap)])


def nearest(views: Sequence[View], numbers: Sequence[int], count: int) -> list[tuple[int, int]]:
    """Return the pairs of each of `numbers` and the `count` nearest within MOST_TURNED_DEG."""
    order = np.array(numbers)
    centres = np.array([views[k].centre for k in numbers])
    axes = np.array([views[k].R[2] for k in numbers])
    found = set()
    for place, a in enumerate(numbers):
        apart = np.linalg.norm(centres - centres[place], axis=1)
        apart[axes @ axes[place] < np.cos(np.radians(MOST_TURNED_DEG))] = np.inf
        apart[place] = np.inf
        near = [k for k in np.argsort(apart, kind='stable')[:count] if np.isfinite(apart[k])]
        found |= {(min(a, b), max(a, b)) for b in order[near].tolist()}
    return sorted(found)


def _kept(views: Sequence[View], pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    kept = [(a, b) for a, b in pairs if turned_deg(views[a], views[b]) <= MOST_TURNED_DEG
            and np.linalg.norm(views[a].centre - views[b].centre) > 0]
    return np.array(kept, np.int64).reshape(-1, 2)


def pose(values: np.ndarray, where: object) -> tuple[np.ndarray, np.ndarray]:
    """Return R (3, 3) and t (3,) of a world-to-camera matrix (3, 4) or (4, 4).

    Raises:
        ValueError: it holds no rotation; `where` is named.
    """
    R, t = values[:3, :3], values[:3, 3]
    if not np.isfinite(values).all() or not np.allclose(R @ R.T, np.eye(3), atol=1e-2) \
            or np.linalg.det(R) < 0:
        raise ValueError(f'{where}: not a pose, its 3x3 part is no rotation')
    u, _, v = np.linalg.svd(R)  # files round to a few digits
    return u @ v, t
