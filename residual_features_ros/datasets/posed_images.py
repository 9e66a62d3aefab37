# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a data set on disk is made of: images, and what is known of where they were taken."""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from residual_features_ros.datasets.image_files import read_image
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.trajectory import Trajectory

UNKNOWN = np.full((3, 3), np.nan)  # R of an image whose pose nobody knows, a row of it t
SAME_ASPECT = 0.02  # K's picture and the file may differ by the rounding of a resize


@dataclass(frozen=True)
class DepthMap:
    """A depth map on disk.

    path: an HDF5 file with the data set 'depth', a 16 bit PNG, or a PFM. unit: times it a value is
    the distance along the optical axis; 0 and less is unknown.
    camera: of the map's pixels, where a value is the distance from the camera's centre instead.
    """

    path: Path
    unit: float = 1.0
    camera: Camera | None = None

    def read(self) -> np.ndarray:
        """Return (H, W) float32, 0 where it is unknown; DatasetError names a file that is none."""
        depth = _read_depth(self.path) * np.float32(self.unit)
        depth = np.where(np.isfinite(depth) & (depth > 0), depth, np.float32(0))
        return depth if self.camera is None else depth / _slants(self.camera, depth.shape)


@dataclass(frozen=True)
class PosedImage:
    """A photograph on disk: x_camera = R x_world + t, in metres or the data set's own unit.

    name: its file's below the folder of images, as COLMAP and hloc call it.
    camera: of the file's pixels, or of its depth map's where that has others. Images that one
        camera took may share the object.
    R, t: UNKNOWN where nobody knows the pose.
    """

    name: str
    path: Path
    camera: Camera
    R: np.ndarray
    t: np.ndarray
    depth: DepthMap | None = None

    @property
    def centre(self) -> np.ndarray:
        """Return the place of the camera (3,) in the world."""
        return np.asarray(-self.R.T @ self.t)

    @property
    def posed(self) -> bool:
        """Return whether the pose is known."""
        return bool(np.isfinite(self.R).all() and np.isfinite(self.t).all())

    def read(self, most: tuple[int, int]) -> tuple[np.ndarray, Camera, tuple[int, int]]:
        """Return the image (H, W, 3) BGR shrunk to fit into `most` (width, height), its camera.

        The third is the size (width, height) of the file.

        Raises:
            DatasetError: no image, or a K that is of another picture.
        """
        image = read_image(self.path)
        width, height = image.shape[1], image.shape[0]
        camera = self.camera if any(self.camera.size) else replace(
            self.camera, size=(width, height))
        _check_camera(camera, (width, height), self.path)
        shrink = min(1.0, most[0] / width, most[1] / height)
        size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
        if size != (width, height):
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        return image, camera.resized(size), (width, height)


@dataclass(frozen=True)
class Scene:
    """Posed images of one place.

    folder: that the names are relative to.
    covisible: (P, 2) numbers of images that the data set says see the same, None where it does
        not say.
    numbers: of a video the frame that each image is, also where others were left out; () of
        images in no order.
    points: numbers (M,) of the data set's points that each image sees, () where it does not say.
    """

    name: str
    folder: Path
    images: tuple[PosedImage, ...]
    covisible: np.ndarray | None = None
    numbers: tuple[int, ...] = ()
    points: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True)
class Sequence:
    """Images of one camera in the order of their stamps, and what is known about it.

    images: (stamp in ns, file).
    ground_truth: poses of the camera's optical frame, at its own times.
    poses: (N, 4, 4) of the images, world from camera, NaN where one has none; None for none.
    depths: of the images, None where one has none; () for none.
    notes: sentences about what is missing or was left out.
    added_ns: what the stamps have more than the times of the data set, see stamps.FIRST_NS.
    """

    images: list[tuple[int, Path]]
    camera: Camera | None = None
    ground_truth: Trajectory | None = None
    poses: np.ndarray | None = None
    depths: tuple[DepthMap | None, ...] = ()
    notes: list[str] = field(default_factory=list)
    added_ns: int = 0

    def scene(self, name: str, folder: Path) -> Scene:
        """Return the images that have a pose.

        Args:
            name: of the scene.
            folder: of the data set, for errors.

        Raises:
            DatasetError: there is no camera, or fewer than two poses; what is missing is named.
        """
        if self.camera is None or self.poses is None:
            raise DatasetError(f'{folder}: {"; ".join(self.notes)}')
        posed = np.flatnonzero(np.isfinite(self.poses).all((1, 2))).tolist()
        if len(posed) < 2:
            raise DatasetError(f'{folder}: {len(posed)} images with a pose, two are the least')
        depths = self.depths or (None,) * len(self.images)
        images = []
        for k in posed:
            path, (R, centre) = self.images[k][1], rigid(self.poses[k], folder)
            images.append(PosedImage(path.name, path, self.camera, R.T, -R.T @ centre, depths[k]))
        return Scene(name, images[0].path.parent, tuple(images), None, tuple(posed))


def rigid(matrix: np.ndarray, where: object) -> tuple[np.ndarray, np.ndarray]:
    """Return rotation (3, 3) and translation (3,) of a matrix (3, 4) or (4, 4).

    Raises:
        DatasetError: it holds no rotation; `where` is named.
    """
    R, t = matrix[:3, :3], matrix[:3, 3]
    if not np.isfinite(matrix).all() or not np.allclose(R @ R.T, np.eye(3), atol=1e-2) \
            or np.linalg.det(R) < 0:
        raise DatasetError(f'{where}: not a pose, its 3x3 part is no rotation')
    u, _, v = np.linalg.svd(R)  # files round to a few digits
    return u @ v, t


def _check_camera(camera: Camera, size: tuple[int, int], path: Path) -> None:
    cx, cy = camera.K[:2, 2]
    aspect = camera.size[0] * size[1] / (camera.size[1] * size[0])
    theirs = 'x'.join(map(str, camera.size))
    if abs(aspect - 1) > SAME_ASPECT:
        raise DatasetError(f'{path}: is {size[0]}x{size[1]}, but its K is for {theirs}, another '
                           'shape')
    if not (0 < cx < camera.size[0] and 0 < cy < camera.size[1]):
        raise DatasetError(f'{path}: wrong K, its principal point ({cx:g}, {cy:g}) lies outside '
                           f'the image of {theirs}')


def _slants(camera: Camera, shape: tuple[int, ...]) -> np.ndarray:
    """Return the length (H, W) float32 of the ray of each pixel up to a depth of 1."""
    x, y = np.meshgrid(np.arange(shape[1]), np.arange(shape[0]))
    rays = np.stack([x, y, np.ones(shape)], 2) @ np.linalg.inv(camera.K).T  # (H, W, 3)
    return np.asarray(np.linalg.norm(rays, axis=2), np.float32)


def _read_depth(path: Path) -> np.ndarray:
    """Return (H, W) float32 as stored."""
    if path.suffix == '.h5':
        import h5py
        try:
            with h5py.File(path, 'r') as file:
                return np.asarray(file['depth'], np.float32)
        except (OSError, KeyError) as error:
            raise DatasetError(f'{path}: not an HDF5 file with a data set depth') from error
    depth = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if depth is None or depth.ndim != 2:
        raise DatasetError(f'{path}: not a depth map')
    return depth.astype(np.float32)
