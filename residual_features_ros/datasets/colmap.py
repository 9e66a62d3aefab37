# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""COLMAP's binary model of undistorted photographs (colmap.github.io/format.html).

<scene>/sparse/{cameras,images}.bin and <scene>/images/; Phototourism's <scene>/dense is one, with
depth maps in stereo/depth_maps_clean_*/<name>.h5.
"""
from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.posed_images import DepthMap, PosedImage, Scene
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.pose import rotation_of

MOST_POINTS = 20_000  # of a model: enough to tell which photographs see the same
LEAST_OVERLAP = 0.1  # co-visibility that the Image Matching Challenge asks for by default
# COLMAP's models in the order of their numbers: how many focal lengths, then cx, cy, distortion.
FOCAL_LENGTHS = {'SIMPLE_PINHOLE': 1, 'PINHOLE': 2, 'SIMPLE_RADIAL': 1, 'RADIAL': 1, 'OPENCV': 2}
COEFFICIENTS = 4  # k1 k2 p1 p2, as OpenCV and COLMAP's model OPENCV have them


@dataclass(frozen=True)
class Registered:
    """A photograph of a model: its camera, x_camera = R x_world + t, the points that it sees."""

    name: str
    camera: Camera
    R: np.ndarray
    t: np.ndarray
    points: np.ndarray


def read(folder: Path, name: str) -> Scene:
    """Return the photographs of a model that are on disk; those that share points are covisible.

    Raises:
        DatasetError: a file that is none of a model, a camera with distortion, or fewer than two
            photographs.
    """
    images = folder / 'images'
    depths = {path.stem: path for path in sorted(folder.glob('stereo/depth_maps_clean_*/*.h5'))}
    there = [item for item in read_model(folder / 'sparse') if (images / item.name).is_file()]
    if len(there) < 2:
        raise DatasetError(f'{images}: fewer than two photographs of the model in {folder}/sparse')
    found = [PosedImage(item.name, images / item.name, item.camera, item.R, item.t,
                        DepthMap(depths[stem]) if (stem := Path(item.name).stem) in depths
                        else None) for item in there]
    points = [item.points for item in there]
    return Scene(name, images, tuple(found), overlapping(points), points=tuple(points))


def read_model(folder: Path) -> list[Registered]:
    """Read cameras.bin and images.bin, photographs by name.

    Raises:
        DatasetError: a file that is none, or a camera with distortion.
    """
    try:
        cameras = _read_cameras(folder / 'cameras.bin')
        found = _read_images(folder / 'images.bin', cameras)
    except (OSError, struct.error, KeyError, ValueError) as error:
        raise DatasetError(f'{folder}: no binary model of COLMAP to use ({error})') from error
    return sorted(found, key=lambda item: item.name)


def _read_cameras(path: Path) -> dict[int, Camera]:
    data, place, cameras = path.read_bytes(), 8, {}
    for _ in range(struct.unpack_from('<Q', data)[0]):
        number, model, width, height = struct.unpack_from('<iiQQ', data, place)
        if model > 1:
            raise DatasetError(f'camera {number} has distortion; undistort the photographs with '
                               '"colmap image_undistorter"')
        count = 3 + model  # SIMPLE_PINHOLE f cx cy, PINHOLE fx fy cx cy
        *focal, cx, cy = struct.unpack_from(f'<{count}d', data, place + 24)
        K = np.array([[focal[0], 0, cx], [0, focal[-1], cy], [0, 0, 1]])
        cameras[number] = Camera(from_colmap(K), (width, height))
        place += 24 + 8 * count
    return cameras


def _read_images(path: Path, cameras: dict[int, Camera]) -> list[Registered]:
    data, place, found = path.read_bytes(), 8, []
    for _ in range(struct.unpack_from('<Q', data)[0]):
        _, w, x, y, z, *t, camera = struct.unpack_from('<i7di', data, place)
        end = data.index(b'\0', place + 64)
        name = data[place + 64:end].decode()
        count, = struct.unpack_from('<Q', data, end + 1)
        place = end + 9 + 24 * count
        seen = np.frombuffer(data, [('xy', '<f8', 2), ('point', '<i8')], count, end + 9)['point']
        found.append(Registered(name, cameras[camera], rotation_of(np.array([x, y, z, w])),
                                np.array(t), np.unique(seen[seen >= 0])))
    return found


def overlapping(points: list[np.ndarray], least: float = LEAST_OVERLAP) -> np.ndarray:
    """Return the pairs (P, 2) whose common points are at least the share `least` of the fewer.

    Args:
        points: numbers (M,) of the points that each photograph sees.
        least: see above.
    """
    every = np.unique(np.concatenate([np.zeros(0, np.int64), *points]))
    if len(every) > MOST_POINTS:
        every = np.sort(np.random.default_rng(0).choice(every, MOST_POINTS, replace=False))
    sees = np.stack([np.isin(every, seen) for seen in points]).astype(np.float32)
    common = sees @ sees.T  # (N, M) -> (N, N)
    fewer = np.minimum(*np.meshgrid(common.diagonal(), common.diagonal()))
    return np.argwhere(np.triu((common > 0) & (common >= least * fewer), 1))


def from_colmap(K: np.ndarray) -> np.ndarray:
    """Return K for pixels whose first has its centre at (0, 0); COLMAP's has it at (.5, .5)."""
    return np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]]) @ np.asarray(K, float)


def camera_of(model: str, width: int, height: int, params: np.ndarray) -> Camera:
    """Return the camera of COLMAP's model and parameters; DatasetError for one not known."""
    if model not in FOCAL_LENGTHS:
        raise DatasetError(f'camera model {model!r}: known are {", ".join(FOCAL_LENGTHS)}')
    count = FOCAL_LENGTHS[model]
    focal, (cx, cy), distortion = params[:count], params[count:count + 2], params[count + 2:]
    K = np.array([[focal[0], 0, cx], [0, focal[-1], cy], [0, 0, 1.0]])
    padded = np.pad(distortion, (0, COEFFICIENTS - len(distortion))) if len(distortion) \
        else np.zeros(0)
    return Camera(from_colmap(K), (width, height), padded)
