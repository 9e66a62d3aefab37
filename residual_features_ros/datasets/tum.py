# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""TUM RGB-D: rgb.txt, groundtruth.txt; the calibration is that of the camera in the folder's name.

Intrinsics: Sturm et al., "A benchmark for the evaluation of RGB-D SLAM systems", IROS 2012, and
its web page. Ground truth is that of the optical frame.
"""
from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.image_files import read_image
from residual_features_ros.datasets.sequence import Sequence, existing, need_folder
from residual_features_ros.datasets.trajectory_files import read_trajectory
from residual_features_ros.errors import CommandError
from residual_features_ros.geometry.camera import Camera

# fx fy cx cy, k1 k2 p1 p2 k3
CAMERAS = {
    '1': ((517.3, 516.5, 318.6, 255.3), (0.2624, -0.9531, -0.0054, 0.0026, 1.1633)),
    '2': ((520.9, 521.0, 325.1, 249.7), (0.2312, -0.7849, -0.0033, -0.0001, 0.9172)),
    '3': ((535.4, 539.2, 320.1, 247.6), ()),
}


def read(folder: Path, hz: float | None) -> Sequence:
    """Return a sequence; CommandError where it is none of TUM."""
    if hz is not None:
        raise CommandError('--hz: TUM images have stamps of their own')
    index = need_folder(folder, 'a TUM RGB-D sequence', 'rgb.txt')
    images, notes = existing(_listed(index), index)
    camera = _camera(folder.resolve().name, images[0][1])
    if camera is None:
        notes.append('the folder is not named after freiburg1, 2 or 3: no camera_info; name a '
                     'file with --camera-info')
    truth = None
    if (folder / 'groundtruth.txt').is_file():
        truth, left_out = read_trajectory(folder / 'groundtruth.txt')
        notes += [f'{left_out} rows of groundtruth.txt were left out'] if left_out else []
    else:
        notes.append('no groundtruth.txt: no ground truth')
    return Sequence(images, camera, truth, notes)


def _listed(index: Path) -> list[tuple[int, Path]]:
    """Return the (stamp, file) of lines "time_s name"."""
    lines = [line.split() for line in index.read_text().splitlines()
             if line.strip() and not line.startswith('#')]
    try:
        seconds = [line[0].partition('.') for line in lines]
        return [(int(whole) * 10**9 + int(f'{part:0<9}'[:9]), index.parent / line[1])
                for (whole, _, part), line in zip(seconds, lines, strict=True)]
    except (ValueError, IndexError) as error:
        raise CommandError(f'{index}: not rows of time and file ({error})') from error


def _camera(name: str, first: Path) -> Camera | None:
    number = re.search(r'(?:freiburg|fr)([123])', name)
    if number is None:
        return None
    (fx, fy, cx, cy), distortion = CAMERAS[number[1]]
    height, width = read_image(first).shape[:2]
    return Camera(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), np.array(distortion, float),
                  'plumb_bob', (width, height))
