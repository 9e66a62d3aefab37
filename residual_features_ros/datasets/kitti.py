# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""KITTI odometry: image_0 ... image_3, calib.txt, times.txt, poses (3x4 per row)."""
from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.image_files import find_images, read_image
from residual_features_ros.datasets.sequence import FIRST_NS, Sequence, offset, stamped
from residual_features_ros.datasets.trajectory_files import read_times
from residual_features_ros.errors import CommandError
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.trajectory import Trajectory, in_order

FOLDERS = ('image_0', 'image_2', 'image_l', 'image_1', 'image_3', 'image_r')
ROW_OF = {'image_l': 0, 'image_r': 1}  # of calib.txt; image_k has row k
HZ = 10.0


def read(folder: Path, hz: float | None) -> Sequence:
    """Return a sequence; without times.txt its frames have `hz` (10 by default).

    Raises:
        CommandError: no images, or a file that is none of KITTI.
    """
    name = next((name for name in FOLDERS if (folder / name).is_dir()), None)
    if name is None:
        raise CommandError(f'{folder}: no folder {", ".join(FOLDERS[:3])} in it')
    files = find_images([str(folder / name)])
    notes = []
    if (folder / 'times.txt').is_file() and hz is None:
        times = read_times(folder / 'times.txt')
        if len(times) != len(files):
            raise CommandError(f'{folder}: {len(files)} images and {len(times)} times')
        images = [(FIRST_NS + time, path) for time, path in zip(times, files, strict=True)]
    else:
        images = stamped(files, hz or HZ)
        notes.append(f'stamps are those of {hz or HZ:g} Hz')
    height, width = read_image(files[0]).shape[:2]
    camera, place = _calibration(folder / 'calib.txt', name, (width, height))
    if camera is None:
        notes.append('no calib.txt: no camera_info')
    truth = _poses(folder, images)
    if truth is None:
        notes.append('no poses.txt, nor poses/NAME.txt beside sequences/: no ground truth')
    return Sequence(images, camera, truth and truth.moved_to(place), notes)


def _calibration(path: Path, name: str, size: tuple[int, int]) -> tuple[Camera | None, np.ndarray]:
    """Return a camera and its pose in camera 0, whose poses KITTI gives."""
    if not path.is_file():
        return None, np.eye(4)
    row = ROW_OF.get(name, int(name[-1]) if name[-1].isdecimal() else 0)
    lines = [re.sub(r'^\w+:', '', line).split() for line in path.read_text().splitlines()]
    rows = [line for line in lines if len(line) == 12]
    if row >= len(rows):
        raise CommandError(f'{path}: {len(rows)} projection matrices, {name} needs number {row}')
    projection = np.array(rows[row], float).reshape(3, 4)
    # x_camera = x_0 + K^-1 p: the camera stands at minus that.
    place = offset(-np.linalg.solve(projection[:, :3], projection[:, 3]))
    return Camera(projection[:, :3], np.zeros(0), '', size), place


def _poses(folder: Path, images: list[tuple[int, Path]]) -> Trajectory | None:
    places = (folder / 'poses.txt', folder.parents[1] / 'poses' / f'{folder.name}.txt'
              if len(folder.parents) > 1 else folder / 'poses.txt')
    path = next((path for path in places if path.is_file()), None)
    if path is None:
        return None
    try:
        rows = np.loadtxt(path, ndmin=2).reshape(-1, 3, 4)
    except ValueError as error:
        raise CommandError(f'{path}: not 12 numbers in each row ({error})') from error
    if len(rows) != len(images):
        raise CommandError(f'{folder}: {len(images)} images and {len(rows)} poses')
    last = np.tile([[[0.0, 0, 0, 1]]], (len(rows), 1, 1))
    return in_order(np.array([stamp for stamp, _ in images]), np.hstack([rows, last]))[0]
