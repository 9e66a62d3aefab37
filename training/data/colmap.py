# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""COLMAP's binary model of undistorted photographs (colmap.github.io/format.html)."""
from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MOST_POINTS = 20_000  # of a model: enough to tell which photographs see the same


@dataclass(frozen=True)
class Photograph:
    """A registered photograph: K in COLMAP's pixels, x_camera = R x_world + t, points it sees."""

    name: str
    K: np.ndarray
    R: np.ndarray
    t: np.ndarray
    points: np.ndarray


def read_model(folder: Path) -> list[Photograph]:
    """Read cameras.bin and images.bin, photographs by name.

    Raises:
        ValueError: a file that is none, or a camera with distortion.
    """
    try:
        cameras = _read_cameras(folder / 'cameras.bin')
        found = _read_images(folder / 'images.bin', cameras)
    except (OSError, struct.error, KeyError, ValueError) as error:
        raise ValueError(f'{folder}: no binary model of COLMAP to use ({error})') from error
    return sorted(found, key=lambda photograph: photograph.name)


def _read_cameras(path: Path) -> dict[int, np.ndarray]:
    data, place, cameras = path.read_bytes(), 8, {}
    for _ in range(struct.unpack_from('<Q', data)[0]):
        number, model, _, _ = struct.unpack_from('<iiQQ', data, place)
        if model > 1:
            raise ValueError(f'camera {number} has distortion; undistort the photographs with '
                             '"colmap image_undistorter"')
        count = 3 + model  # SIMPLE_PINHOLE f cx cy, PINHOLE fx fy cx cy
        *focal, cx, cy = struct.unpack_from(f'<{count}d', data, place + 24)
        cameras[number] = np.array([[focal[0], 0, cx], [0, focal[-1], cy], [0, 0, 1]])
        place += 24 + 8 * count
    return cameras


def _read_images(path: Path, cameras: dict[int, np.ndarray]) -> list[Photograph]:
    data, place, photographs = path.read_bytes(), 8, []
    for _ in range(struct.unpack_from('<Q', data)[0]):
        _, w, x, y, z, *t, camera = struct.unpack_from('<i7di', data, place)
        end = data.index(b'\0', place + 64)
        name = data[place + 64:end].decode()
        count, = struct.unpack_from('<Q', data, end + 1)
        place = end + 9 + 24 * count
        seen = np.frombuffer(data, [('xy', '<f8', 2), ('point', '<i8')], count, end + 9)['point']
        photographs.append(Photograph(name, cameras[camera], rotation(np.array([x, y, z, w])),
                                      np.array(t), np.unique(seen[seen >= 0])))
    return photographs


def rotation(quaternion: np.ndarray) -> np.ndarray:
    """Return the matrix (3, 3) of a quaternion x, y, z, w."""
    x, y, z, w = quaternion / np.linalg.norm(quaternion)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + 2 * w * cross + 2 * cross @ cross


def overlapping(photographs: list[Photograph], least: float) -> np.ndarray:
    """Return the pairs (P, 2) whose common points are at least the share `least` of the fewer."""
    points = np.unique(np.concatenate([np.zeros(0, np.int64), *(p.points for p in photographs)]))
    if len(points) > MOST_POINTS:
        points = np.sort(np.random.default_rng(0).choice(points, MOST_POINTS, replace=False))
    sees = np.stack([np.isin(points, p.points) for p in photographs]).astype(np.float32)
    common = sees @ sees.T
    fewer = np.minimum(*np.meshgrid(common.diagonal(), common.diagonal()))
    return np.argwhere(np.triu((common > 0) & (common >= least * fewer), 1))
