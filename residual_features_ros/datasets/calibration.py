# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras of ROS: CameraInfo, and the files that camera_calibration writes."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.errors import CameraError
from residual_features_ros.geometry.camera import FISHEYE, Camera

MODELS = ('plumb_bob', 'rational_polynomial', *FISHEYE, '')


def camera_from_fields(matrix: Any, distortion: Any, model: str, size: tuple[int, int]) -> Camera:
    """Return the camera of plain numbers.

    Raises:
        CameraError: a matrix without focal length (an uncalibrated driver sends zeros), or an
            unknown distortion model.
    """
    matrix = np.array(matrix, float).reshape(-1)
    if matrix.size != 9 or not np.isfinite(matrix).all() or min(matrix[0], matrix[4]) <= 0:
        raise CameraError('the camera matrix has no focal length: the camera is not calibrated')
    distortion = np.array(distortion, float).reshape(-1)
    if model not in MODELS:
        raise CameraError(f'distortion model {model!r} is not known; known: '
                          f'{", ".join(filter(None, MODELS))}')
    if model in FISHEYE and np.any(distortion) and distortion.size != 4:
        raise CameraError(f'{model} has 4 coefficients, got {distortion.size}')
    if distortion.size not in (0, 4, 5, 8, 12, 14):
        raise CameraError(f'{model or "distortion"} of {distortion.size} coefficients')
    return Camera(matrix.reshape(3, 3), size, distortion, model)


def camera_from_message(message: Any, rectified: bool = False) -> Camera:
    """Return the camera of a sensor_msgs/CameraInfo of ROS 1 or 2; CameraError as above.

    Args:
        message: the CameraInfo.
        rectified: whether the images are rectified already: then P holds, without distortion.
    """
    size = (int(message.width), int(message.height))
    k, d, p = (getattr(message, name, None) for name in 'kdp')
    if k is None:  # ROS 1 has capital letters
        k, d, p = message.K, message.D, message.P
    if rectified and np.any(np.asarray(p)):
        return camera_from_fields(np.asarray(p, float).reshape(3, 4)[:, :3], [], '', size)
    return camera_from_fields(k, d, str(message.distortion_model), size)


def camera_from_yaml(path: Path, rectified: bool = False) -> Camera:
    """Return the camera of a file as camera_calibration writes it.

    Raises:
        CameraError: names what the file lacks.
    """
    import yaml
    try:
        content = yaml.safe_load(path.read_text(encoding='utf-8'))
        size = (int(content['image_width']), int(content['image_height']))
        if rectified and 'projection_matrix' in content:
            p = np.array(content['projection_matrix']['data'], float).reshape(3, 4)
            return camera_from_fields(p[:, :3], [], '', size)
        return camera_from_fields(content['camera_matrix']['data'],
                                  content.get('distortion_coefficients', {}).get('data', []),
                                  str(content.get('distortion_model', '')), size)
    except CameraError as error:
        raise CameraError(f'{path}: {error}') from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CameraError(f'{path}: cannot be read ({" ".join(str(error).split())})') from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise CameraError(f'{path}: not a calibration file of camera_calibration, which has '
                          f'image_width, image_height and camera_matrix ({error})') from error
