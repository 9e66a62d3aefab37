# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two views of a made scene with depth: planes behind each other, which a random camera passes.

A homography relates all of two views to each other, a camera that moves does not: what is near
moves further and hides what is behind. Here a part of a photograph stands before the rest of it,
on a plane of its own, and where it went away another photograph is seen.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from residual_features_ros.geometry.homography import inside
from training.config import DataConfig, MotionConfig
from training.data.pairs.homography_views import random_crop
from training.data.pairs.plane_pairs import (
    ATTEMPTS,
    draw_cameras,
    faces,
    plane_homography,
)
from training.data.photometric import distort
from training.data.random_homography import overlap

NEARER = (0.35, 0.8)  # distance of the plane before, of that behind
SHARE = (0.15, 0.6)  # of the first view that it takes
LEAST_SHARED = 0.25


@dataclass(frozen=True)
class Layers:
    """How pixels of the first view go to the second.

    behind, before: (3, 3) homographies of both planes.
    mask: (H, W) bool of the first view: what is before; all False for one plane.
    """

    behind: np.ndarray
    before: np.ndarray
    mask: np.ndarray

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height of both views."""
        return self.mask.shape[1], self.mask.shape[0]

    def forth(self, points: np.ndarray) -> np.ndarray:
        """Return where places (N, 2) of the first view are in the second, nan where hidden."""
        near = self.is_before(points)
        moved = np.where(near[:, None], carried(points, self.before),
                         carried(points, self.behind))
        hidden = ~near & self.is_before(carried(moved, np.linalg.inv(self.before)))
        return seen(moved, ~hidden, self.size)

    def back(self, points: np.ndarray) -> np.ndarray:
        """Return where places (N, 2) of the second view are in the first, nan where hidden."""
        as_near = carried(points, np.linalg.inv(self.before))
        as_far = carried(points, np.linalg.inv(self.behind))
        near = self.is_before(as_near)
        hidden = ~near & self.is_before(as_far)  # the other photograph is there
        return seen(np.where(near[:, None], as_near, as_far), ~hidden, self.size)

    def is_before(self, points: np.ndarray) -> np.ndarray:
        """Return whether places (N, 2) of the first view are on the plane before."""
        nearest = np.rint(np.nan_to_num(points, nan=-1))
        column, row = np.clip(nearest, -1, np.array(self.size)).astype(int).T
        there = (column >= 0) & (row >= 0) & (column < self.size[0]) & (row < self.size[1])
        found: np.ndarray = there & self.mask[np.where(there, row, 0), np.where(there, column, 0)]
        return found


def carried(points: np.ndarray, homography: np.ndarray) -> np.ndarray:
    """Map pixels (N, 2) by a homography; nan where they come to lie behind the camera."""
    lifted = points.astype(np.float64) @ homography[:, :2].T + homography[:, 2]  # (N, 3)
    depth = lifted[:, 2:]
    return np.where(depth > 0, lifted[:, :2] / np.where(depth > 0, depth, 1), np.nan)


def seen(points: np.ndarray, visible: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return points (N, 2) as float32, nan where they are not visible or not in the image."""
    there = visible & inside(points, size)
    return np.where(there[:, None], points, np.nan).astype(np.float32)


def one_plane(homography: np.ndarray, size: tuple[int, int]) -> Layers:
    """Return the layers of views that a homography relates."""
    return Layers(homography, homography, np.zeros(size[::-1], bool))


def random_layers(rng: np.random.Generator, size: tuple[int, int], motion: MotionConfig) -> Layers:
    """Draw two planes and two cameras before them; again until the views share enough."""
    mask = random_region(rng, size)
    for _ in range(ATTEMPTS):
        first, second, normal, distance = draw_cameras(rng, size, motion)
        _, _, other, beside = draw_cameras(rng, size, motion)
        nearer = beside * rng.uniform(*NEARER)
        behind = plane_homography(first, second, normal, distance)
        before = plane_homography(first, second, other, nearer)
        shared = min(overlap(behind, size), overlap(np.linalg.inv(behind), size))
        if shared >= LEAST_SHARED and faces(first, normal, size) and faces(first, other, size) \
                and stays_ahead(before, size):
            break
    return Layers(behind, before, mask)


def stays_ahead(homography: np.ndarray, size: tuple[int, int]) -> bool:
    """Tell whether all that a view of `size` has of a plane is before the second camera."""
    width, height = size
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]])
    return bool((corners @ homography[2]).min() > 0)


def random_region(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Return (H, W) bool, smooth blots over a random share of an image."""
    cells = rng.integers(2, 6, 2)
    noise = cv2.resize(rng.random(cells).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    found: np.ndarray = noise > np.quantile(noise, 1 - rng.uniform(*SHARE))
    return found


def cut_layers(rng: np.random.Generator, image: np.ndarray, other: np.ndarray, layers: Layers,
               config: DataConfig) -> list[np.ndarray]:
    """Return both views (H, W, 3) BGR uint8 of a photograph, changed as config.photometric says.

    Args:
        rng: decides.
        image: (H, W, 3) BGR uint8, all of the first view.
        other: what the second view shows where the plane before has left the one behind.
        layers: how pixels move.
        config: size and photometric.
    """
    crop = random_crop(rng, image.shape[1::-1], config.size)
    beyond = warp(other, layers.behind @ random_crop(rng, other.shape[1::-1], config.size),
                  config.size)
    far, near = (warp(image, plane @ crop, config.size) for plane in (layers.behind,
                                                                    layers.before))
    left, there = (cover(layers.mask, plane, config.size) for plane in (layers.behind,
                                                                       layers.before))
    second = np.where(there, near, np.where(left, beyond, far))
    return [distort(rng, view, config.photometric)
            for view in (warp(image, crop, config.size), second)]


def warp(image: np.ndarray, homography: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Return an image (H, W, 3) as the view of `size` that a homography makes of it, mirrored."""
    return cv2.warpPerspective(image, homography, size, flags=cv2.INTER_LINEAR,
                               borderMode=cv2.BORDER_REFLECT_101)


def cover(mask: np.ndarray, homography: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Return (H, W, 1) bool: where a mask (H, W) goes under a homography."""
    moved = cv2.warpPerspective(mask.astype(np.uint8), homography, size, flags=cv2.INTER_NEAREST)
    return moved.astype(bool)[..., None]
