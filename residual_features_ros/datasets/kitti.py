# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""KITTI odometry: image_0 ... image_3, calib.txt, times.txt, poses (3x4 per row).

calib.txt has the 3x4 projection of each camera, with or without names such as 'P0:'; poses are
those of camera 0, beside the images or in ../../poses/<sequence>.txt as KITTI has them. Source:
KITTI odometry's development kit.
"""
from __future__ import annotations

from pathlib import Path

import numpy as np

from residual_features_ros.datasets.image_files import find_images
from residual_features_ros.datasets.posed_images import Sequence, rigid
from residual_features_ros.datasets.readable_images import first_size
from residual_features_ros.datasets.stamps import FIRST_NS, stamped
from residual_features_ros.datasets.text_files import read_rows
from residual_features_ros.datasets.trajectory_files import read_times
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.pose import pose_matrix
from residual_features_ros.geometry.trajectory import Trajectory, in_order

FOLDERS = ('image_0', 'image_2', 'image_l', 'image_1', 'image_3', 'image_r', 'images')
ROW_OF = {'image_l': 0, 'image_r': 1}  # of calib.txt; image_k has row k


def read(folder: Path, hz: float | None = None) -> Sequence:
    """Return a sequence; without times.txt its frames have `hz` (10 by default).

    Raises:
        DatasetError: no images, or a file that is none of KITTI.
    """
    name = next((name for name in FOLDERS if (folder / name).is_dir()), None)
    if name is None:
        raise DatasetError(f'{folder}: no folder {", ".join(FOLDERS[:3])} in it')
    files = find_images([str(folder / name)])
    images, notes = _stamped(folder, files, hz)
    camera, place = _calibration(folder / 'calib.txt', name, files)
    if camera is None:
        notes.append('no calib.txt: no camera_info')
    poses = _poses(folder, len(images))
    if poses is None:
        notes.append('no poses.txt, nor poses/NAME.txt beside sequences/: no ground truth')
        return Sequence(images, camera, notes=notes, added_ns=FIRST_NS)
    poses = poses @ place
    return Sequence(images, camera, along(images, poses), poses, notes=notes, added_ns=FIRST_NS)


def along(images: list[tuple[int, Path]], poses: np.ndarray) -> Trajectory:
    """Return the trajectory of poses (N, 4, 4), one for each image."""
    return in_order(np.array([stamp for stamp, _ in images]), poses)[0]


def _stamped(folder: Path, files: list[Path],
             hz: float | None) -> tuple[list[tuple[int, Path]], list[str]]:
    if not (folder / 'times.txt').is_file() or hz is not None:
        images, note = stamped(files, hz)
        return images, [note]
    times, notes = read_times(folder / 'times.txt')
    if len(times) != len(files):
        raise DatasetError(f'{folder}: {len(files)} images and {len(times)} times')
    return [(FIRST_NS + time, path) for time, path in zip(times, files, strict=True)], notes


def _calibration(path: Path, name: str,
                 images: list[Path]) -> tuple[Camera | None, np.ndarray]:
    """Return a camera and its pose in camera 0, whose poses KITTI gives."""
    if not path.is_file():
        return None, np.eye(4)
    row = ROW_OF.get(name, int(name[-1]) if name[-1].isdecimal() else 0)
    rows = read_rows(path, (12,))
    if row >= len(rows):
        raise DatasetError(f'{path}: {len(rows)} projection matrices, {name} needs number {row}')
    projection = rows[row].reshape(3, 4)
    # x_camera = x_0 + K^-1 p: the camera stands at minus that.
    place = -np.linalg.solve(projection[:, :3], projection[:, 3])
    return Camera(projection[:, :3], first_size(images)), pose_matrix(np.eye(3), place)


def _poses(folder: Path, count: int) -> np.ndarray | None:
    """Return the poses (N, 4, 4) of camera 0, None where there is no file of them."""
    beside = folder.resolve().parent.parent / 'poses' / f'{folder.name}.txt'
    path = next((path for path in (folder / 'poses.txt', beside) if path.is_file()), None)
    return None if path is None else read_poses(path, count)


def read_poses(path: Path, count: int) -> np.ndarray:
    """Return the poses (count, 4, 4) of a file with a row of 12 or 16 numbers for each image.

    Raises:
        DatasetError: rows of other lengths, or without a rotation, or not one for each image.
    """
    rows = read_rows(path, (12, 16))
    if len(rows) != count:
        raise DatasetError(f'{path}: {len(rows)} poses for {count} images')
    poses = np.tile(np.eye(4), (count, 1, 1))
    poses[:, :3] = rows.reshape(count, -1, 4)[:, :3]
    for number, pose in enumerate(poses, 1):
        if np.isfinite(pose).all():
            rigid(pose, f'{path}, row {number}')
    return poses
