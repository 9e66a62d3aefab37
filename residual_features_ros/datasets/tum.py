# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""TUM RGB-D: rgb.txt, depth.txt, groundtruth.txt.

The calibration is that of the camera in the folder's name, or of calibration.txt, which TUM has
not: 'fx fy cx cy' of photographs without distortion and, other than 5000, what depth PNGs have per
metre. Intrinsics: Sturm et al., "A benchmark for the evaluation of RGB-D SLAM systems", IROS 2012,
and its web page. Ground truth is that of the optical frame.
"""
from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.image_lists import Files, read_image_list
from residual_features_ros.datasets.posed_images import DepthMap, Sequence
from residual_features_ros.datasets.readable_images import first_size
from residual_features_ros.datasets.stamps import existing, own_stamps
from residual_features_ros.datasets.text_files import read_rows
from residual_features_ros.datasets.trajectory_files import open_trajectory
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.trajectory import nearest_in_time

SAME_TIME_NS = 20_000_000  # TUM's associate.py
PER_METRE = 5000.0  # of a depth PNG
# fx fy cx cy, k1 k2 p1 p2 k3
CAMERAS = {
    '1': ((517.3, 516.5, 318.6, 255.3), (0.2624, -0.9531, -0.0054, 0.0026, 1.1633)),
    '2': ((520.9, 521.0, 325.1, 249.7), (0.2312, -0.7849, -0.0033, -0.0001, 0.9172)),
    '3': ((535.4, 539.2, 320.1, 247.6), ()),
}


def read(folder: Path, hz: float | None = None) -> Sequence:
    """Return a sequence; images have the depth map and the pose nearest in time, within 20 ms.

    Raises:
        DatasetError: a file that is missing or none of TUM.
    """
    own_stamps(hz, 'TUM')
    listed, notes = read_image_list(folder / 'rgb.txt', folder, 'seconds')
    images, missing = existing(listed, folder / 'rgb.txt')
    notes += missing
    camera, per_metre = _camera(folder, [path for _, path in images])
    if camera is None:
        notes.append('the folder is not named after freiburg1, 2 or 3 and has no calibration.txt '
                     '("fx fy cx cy"; "535.4 539.2 320.1 247.6" for freiburg3): no camera_info; '
                     'name a file with --camera-info')
    depths = _depths(folder, images, per_metre, notes)
    if not (folder / 'groundtruth.txt').is_file():
        notes.append('no groundtruth.txt: no ground truth')
        return Sequence(images, camera, None, None, depths, notes)
    found = open_trajectory(folder / 'groundtruth.txt')
    truth = found.trajectory
    notes += found.notes
    notes += [f'{found.left_out} rows of groundtruth.txt were left out'] if found.left_out else []
    poses = truth.nearest([stamp for stamp, _ in images], SAME_TIME_NS)
    return Sequence(images, camera, truth, poses, depths, notes)


def _depths(folder: Path, images: Files, per_metre: float,
            notes: list[str]) -> tuple[DepthMap | None, ...]:
    if not (folder / 'depth.txt').is_file():
        return ()
    listed, odd = read_image_list(folder / 'depth.txt', folder, 'seconds')
    listed.sort()
    notes += odd
    places = nearest_in_time(np.array([stamp for stamp, _ in listed]), [s for s, _ in images],
                             SAME_TIME_NS)
    return tuple(None if place is None else DepthMap(listed[place][1], 1 / per_metre)
                 for place in places)


def _camera(folder: Path, images: list[Path]) -> tuple[Camera | None, float]:
    """Return the camera, None where it is not known, and what depth PNGs have per metre."""
    number = re.search(r'(?:freiburg|fr)([123])', folder.resolve().name)
    per_metre = PER_METRE
    distortion: tuple[float, ...] = ()
    if (folder / 'calibration.txt').is_file():
        values = read_rows(folder / 'calibration.txt', (4, 5))[0].tolist()
        (fx, fy, cx, cy), per_metre = values[:4], [*values, PER_METRE][4]
    elif number is not None:
        (fx, fy, cx, cy), distortion = CAMERAS[number[1]]
    else:
        return None, per_metre
    return Camera(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), first_size(images),
                  np.array(distortion, float), 'plumb_bob'), per_metre
