# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""EuRoC MAV and TUM-VI (ASL format): mav0/cam0 with data.csv, and ground truth of the body.

EuRoC has the camera in mav0/cam0/sensor.yaml, TUM-VI in dso/camchain.yaml as Kalibr writes it.
"""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.datasets.image_lists import read_image_list
from residual_features_ros.datasets.posed_images import Sequence, rigid
from residual_features_ros.datasets.stamps import existing, own_stamps
from residual_features_ros.datasets.text_files import read_text
from residual_features_ros.datasets.trajectory_files import open_trajectory
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.pose import inverse

TRUTHS = ('state_groundtruth_estimate0', 'mocap0')  # EuRoC's, and TUM-VI's
MODELS = {'radial-tangential': 'plumb_bob', 'radtan': 'plumb_bob', 'equidistant': 'equidistant'}
SAME_TIME_NS = 20_000_000  # between an image and a pose, which come at 120 or 200 Hz
Mounted = tuple[Camera, np.ndarray]  # a camera and its pose (4, 4) in the body, T_BS


def read(folder: Path, hz: float | None = None) -> Sequence:
    """Return cam0 of a sequence, its ground truth moved from the body to the camera.

    Raises:
        DatasetError: a folder that is none of EuRoC.
    """
    own_stamps(hz, 'EuRoC')
    home = folder / 'mav0' if (folder / 'mav0').is_dir() else folder
    index = home / 'cam0' / 'data.csv'
    listed, notes = read_image_list(index, index.parent, 'nanoseconds')
    images, missing = existing(listed, index)
    notes += missing
    mounted = _mounted(home)
    if mounted is None:
        return Sequence(images, notes=[
            *notes, 'no cam0/sensor.yaml, nor dso/camchain.yaml: no camera_info',
            'without them it is not known where the camera is in the body: no ground truth'])
    camera, mount = mounted
    path = next((home / name / 'data.csv' for name in TRUTHS
                 if (home / name / 'data.csv').is_file()), None)
    if path is None:
        return Sequence(images, camera,
                        notes=[*notes, f'no {" or ".join(TRUTHS)}: no ground truth'])
    found = open_trajectory(path)
    notes += found.notes
    notes += [f'{found.left_out} rows of {path} were left out'] if found.left_out else []
    truth = found.trajectory.moved_to(mount)
    poses = truth.nearest([stamp for stamp, _ in images], SAME_TIME_NS)
    return Sequence(images, camera, truth, poses, notes=notes)


def _mounted(home: Path) -> Mounted | None:
    """Return the camera and its place, None where no file has them."""
    sensor, chain = home / 'cam0' / 'sensor.yaml', home.parent / 'dso' / 'camchain.yaml'
    if sensor.is_file() or not chain.is_file():
        return _read(sensor, _of_sensor) if sensor.is_file() else None
    return _read(chain, _of_chain)


def _read(path: Path, content_to_camera: Any) -> Mounted:
    import yaml
    try:
        camera, mount = content_to_camera(
            yaml.safe_load(read_text(path).replace('%YAML:1.0', '')))
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise DatasetError(f'{path}: not a file of a camera ({error})') from error
    rigid(mount, path)
    return camera, mount


def _of_sensor(content: Mapping[str, Any]) -> Mounted:
    return (_camera(content, content['distortion_coefficients']),
            np.array(content['T_BS']['data'], float).reshape(4, 4))


def _of_chain(content: Mapping[str, Any]) -> Mounted:
    """Kalibr's T_cam_imu maps points of the body to the camera, the inverse of T_BS."""
    camera = content['cam0']
    return (_camera(camera, camera['distortion_coeffs']),
            inverse(np.array(camera['T_cam_imu'], float).reshape(4, 4)))


def _camera(content: Mapping[str, Any], coefficients: Any) -> Camera:
    fx, fy, cx, cy = (float(value) for value in content['intrinsics'])
    width, height = (int(value) for value in content['resolution'])
    return Camera(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), (width, height),
                  np.array(coefficients, float), MODELS[content['distortion_model']])
