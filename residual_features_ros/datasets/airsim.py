# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A video of AirSim as GoodPoint's authors keep theirs (airsim_dataset.py of their code).

<scene>/<light>/img/<id>.png and depth_persp/<id>.pfm, and beside the lights one <name>.json for
all of them: a list of {"id", "position": {"x_val", "y_val", "z_val"}, "orientation": {"w_val",
"x_val", "y_val", "z_val"}}, of the body in a world of axes north, east and down. Depths are
distances from the camera's centre; what is infinitely far is unknown. The camera looks along the
body's x axis, and its image is 90 degrees wide, AirSim's default.
"""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.datasets.image_files import image_size
from residual_features_ros.datasets.kitti import along
from residual_features_ros.datasets.posed_images import DepthMap, Sequence
from residual_features_ros.datasets.stamps import FIRST_NS, stamped
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.pose import pose_from

# Camera's right, down and forward in the body's forward, right and down.
BODY_FROM_CAMERA = np.array([[0.0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]])


def read(folder: Path, hz: float | None = None) -> Sequence:
    """Return the sequence of one light, whose frames have `hz` (10 by default).

    Raises:
        DatasetError: a file that is missing or of another form; it is named.
    """
    frames = _frames(folder)
    images, note = stamped([folder / 'img' / f'{name}.png' for name, _ in frames], hz)
    missing = [path for _, path in images if not path.is_file()]
    if missing:
        raise DatasetError(f'{missing[0]}: no such file, which the poses of {folder.parent} name')
    poses = np.array([pose @ BODY_FROM_CAMERA for _, pose in frames])
    camera = camera_of(image_size(images[0][1]))
    depths = tuple(DepthMap(folder / 'depth_persp' / f'{name}.pfm', camera=camera)
                   for name, _ in frames)
    return Sequence(images, camera, along(images, poses), poses, depths, [note], FIRST_NS)


def camera_of(size: tuple[int, int]) -> Camera:
    """Return the camera of images of `size` (width, height): 90 degrees wide."""
    width, height = size
    return Camera(np.array([[width / 2, 0, (width - 1) / 2], [0, width / 2, (height - 1) / 2],
                            [0, 0, 1]]), size)


def _frames(folder: Path) -> list[tuple[str, np.ndarray]]:
    """Return the names and the poses (4, 4) of the body of all frames, in their order."""
    files = sorted(folder.parent.glob('*.json'))
    if len(files) != 1:
        raise DatasetError(f'{folder.parent}: {len(files)} files *.json, expected one, of '
                           'the poses')
    try:
        frames = [(str(frame['id']), _pose(frame))
                  for frame in json.loads(files[0].read_text(encoding='utf-8'))]
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f'{files[0]}: not a list of frames with id, position and orientation '
                           f'({error})') from error
    if not frames:
        raise DatasetError(f'{files[0]}: no frames in it')
    return frames


def _pose(frame: dict[str, Any]) -> np.ndarray:
    place, turn = frame['position'], frame['orientation']
    return pose_from(np.array([float(place[f'{axis}_val']) for axis in 'xyz']),
                     np.array([float(turn[f'{axis}_val']) for axis in 'xyzw']))
