# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Posed pairs from single photographs: a random camera moves before a plane that they cover."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from residual_features_ros.geometry.epipolar import fundamental
from residual_features_ros.geometry.pose import relative_pose
from training.config import DataConfig, MotionConfig
from training.data.pairs.homography_views import cut_views, random_crop, shown
from training.data.pairs.still_samples import StillSamples
from training.data.random_homography import overlap
from training.data.sources.images import ImageSource

ATTEMPTS = 30


@dataclass(frozen=True)
class PosedCamera:
    """K (3, 3), and where it stands: x_camera = R x_world + t."""

    K: np.ndarray
    R: np.ndarray
    t: np.ndarray


class PlanePairs(StillSamples):
    """Sample number -> pair, a pure function of (seed, number).

    An item is a dictionary of numpy arrays:
        images (2, H, W, 3) uint8 BGR
        valid (2, H, W) bool, pixels that show the photograph and not its mirrored surroundings
        homography (3, 3) float32 from pixels of the first view to those of the second
        fundamental (3, 3) float32 of norm 1, p_2^T F p_1 = 0 in pixels
    """

    def __init__(self, images: ImageSource, config: DataConfig, motion: MotionConfig, seed: int,
                 length: int) -> None:
        """Hold the source of images; `length` is the number of samples."""
        super().__init__(images, seed, length)
        self.config, self.motion = config, motion

    def make(self, rng: np.random.Generator, image: np.ndarray) -> dict[str, np.ndarray]:
        """Make a sample of a photograph (H, W, 3) BGR uint8."""
        homography, matrix = random_motion(rng, self.config.size, self.motion)
        crop = random_crop(rng, image.shape[1::-1], self.config.size)
        maps = crop, homography @ crop
        return {'images': np.stack(cut_views(rng, image, maps, self.config)),
                'valid': np.stack([shown(image, to_view, self.config.size) for to_view in maps]),
                'homography': homography.astype(np.float32),
                'fundamental': matrix.astype(np.float32)}


def random_motion(rng: np.random.Generator, size: tuple[int, int],
                  motion: MotionConfig) -> tuple[np.ndarray, np.ndarray]:
    """Draw two cameras before a plane.

    Drawn again, up to 30 times, until the plane is before all of the first view and the share
    min_overlap of each view is in the other.

    Returns:
        the homography (3, 3) between pixels of the views, and F (3, 3) of norm 1.
    """
    for _ in range(ATTEMPTS):
        first, second, normal, distance = draw_cameras(rng, size, motion)
        homography = plane_homography(first, second, normal, distance)
        shared = min(overlap(homography, size), overlap(np.linalg.inv(homography), size))
        if shared >= motion.min_overlap and faces(first, normal, size):
            break
    return homography, fundamental(first.K, second.K, *relative_pose(first, second))


def faces(camera: PosedCamera, normal: np.ndarray, size: tuple[int, int]) -> bool:
    """Tell whether all rays of an image of `size` meet the plane n^T x = d > 0 within 10 d."""
    width, height = size
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]])
    return bool((corners @ np.linalg.inv(camera.K).T @ normal).min() > 0.1)


def plane_homography(first: PosedCamera, second: PosedCamera, normal: np.ndarray,
                     distance: float) -> np.ndarray:
    """Return K_2 (R + t n^T / d) K_1^-1, which maps pixels of the plane n^T x = d.

    Args:
        first: with R = I, t = 0: the plane is in its coordinates.
        second: x_2 = R x_1 + t.
        normal: n (3,), of length 1.
        distance: d.

    Returns:
        (3, 3), positive for the third coordinate of what is before both cameras.
    """
    moved = second.R + np.outer(second.t, normal) / distance
    found = second.K @ moved @ np.linalg.inv(first.K)
    return found / np.linalg.norm(found)


def draw_cameras(rng: np.random.Generator, size: tuple[int, int],
                 motion: MotionConfig) -> tuple[PosedCamera, PosedCamera, np.ndarray, float]:
    """Draw both cameras and the plane n^T x = d, which the first one's axis meets at 1."""
    tilt = np.tan(np.radians(motion.tilt_deg)) * np.sqrt(rng.random())
    towards = rng.uniform(0, 2 * np.pi)
    normal = np.array([tilt * np.cos(towards), tilt * np.sin(towards), 1.0])
    normal /= np.linalg.norm(normal)
    focal = np.exp(rng.uniform(*np.log(motion.focal))) * size[0]
    zoom = np.exp(rng.uniform(-1, 1) * np.log(motion.zoom))
    aside = rng.uniform(0, 2 * np.pi)
    far = motion.sideways * np.sqrt(rng.random())
    centre = np.array([far * np.cos(aside), far * np.sin(aside),
                       rng.uniform(-1, 1) * motion.forwards])
    astray = rng.uniform(-1, 1, 2) * motion.astray
    target = np.array([*astray, (normal[2] - normal[:2] @ astray) / normal[2]])
    R = look_at(target - centre, np.radians(rng.uniform(-1, 1) * motion.roll_deg))
    first = PosedCamera(intrinsics(focal, size), np.eye(3), np.zeros(3))
    second = PosedCamera(intrinsics(focal * zoom, size), R, -R @ centre)
    return first, second, normal, float(normal[2])


def intrinsics(focal: float, size: tuple[int, int]) -> np.ndarray:
    """Return K (3, 3) of a camera whose axis goes through the middle of its image."""
    return np.array([[focal, 0, (size[0] - 1) / 2], [0, focal, (size[1] - 1) / 2], [0, 0, 1]])


def look_at(direction: np.ndarray, roll: float) -> np.ndarray:
    """Return R (3, 3) of a camera with its axis along `direction`, turned about it by `roll`."""
    forward = direction / np.linalg.norm(direction)
    right = np.cross([0.0, 1.0, 0.0], forward)
    right /= np.linalg.norm(right)
    level = np.stack([right, np.cross(forward, right), forward])
    cosine, sine = np.cos(roll), np.sin(roll)
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]]) @ level
