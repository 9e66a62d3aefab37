# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""EuRoC MAV (ASL format): mav0/cam0 with data.csv and sensor.yaml, ground truth of the body."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.datasets.posed_images import Sequence
from residual_features_ros.datasets.stamps import existing, own_stamps
from residual_features_ros.datasets.text_files import read_text
from residual_features_ros.datasets.trajectory_files import read_trajectory
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.camera import Camera

TRUTH = 'state_groundtruth_estimate0'
MODELS = {'radial-tangential': 'plumb_bob', 'equidistant': 'equidistant'}
SAME_TIME_NS = 20_000_000  # between an image and a pose, which come at 200 Hz


def read(folder: Path, hz: float | None = None) -> Sequence:
    """Return cam0 of a sequence, its ground truth moved from the body to the camera.

    Raises:
        DatasetError: a folder that is none of EuRoC.
    """
    own_stamps(hz, 'EuRoC')
    home = folder / 'mav0' if (folder / 'mav0').is_dir() else folder
    index = home / 'cam0' / 'data.csv'
    images, notes = existing(_listed(index), index)
    camera, mount = _sensor(home / 'cam0' / 'sensor.yaml')
    path = home / TRUTH / 'data.csv'
    if not path.is_file():
        return Sequence(images, camera, notes=[*notes, f'no {TRUTH}: no ground truth'])
    truth, left_out = read_trajectory(path)
    notes += [f'{left_out} rows of {path} were left out'] if left_out else []
    truth = truth.moved_to(mount)
    poses = truth.nearest([stamp for stamp, _ in images], SAME_TIME_NS)
    return Sequence(images, camera, truth, poses, notes=notes)


def _listed(index: Path) -> list[tuple[int, Path]]:
    lines = [line.replace(',', ' ').split() for line in read_text(index).splitlines()
             if line.strip() and not line.startswith('#')]
    try:
        return [(int(stamp), index.parent / 'data' / name) for stamp, name in lines]
    except ValueError as error:
        raise DatasetError(f'{index}: not rows of time and file ({error})') from error


def _sensor(path: Path) -> tuple[Camera, np.ndarray]:
    """Return the camera and its pose in the body (T_BS)."""
    import yaml
    try:
        content: Any = yaml.safe_load(read_text(path).replace('%YAML:1.0', ''))
        fx, fy, cx, cy = (float(value) for value in content['intrinsics'])
        width, height = (int(value) for value in content['resolution'])
        mount = np.array(content['T_BS']['data'], float).reshape(4, 4)
        model = MODELS[content['distortion_model']]
        distortion = np.array(content['distortion_coefficients'], float)
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise DatasetError(f'{path}: not the sensor.yaml of a camera ({error})') from error
    return Camera(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), (width, height), distortion,
                  model), mount
