# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras of ROS: CameraInfo, and the files that camera_calibration writes."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.datasets.distortion import distortion_of
from residual_features_ros.errors import CameraError
from residual_features_ros.geometry.camera import Camera

MOST_BINNING = 64


def camera_from_fields(matrix: Any, distortion: Any, model: str, size: tuple[int, int]) -> Camera:
    """Return the camera of plain numbers.

    Args:
        matrix: 9 numbers, row by row.
        distortion: coefficients, as many as there are.
        model: of distortion, as drivers write it; see distortion_of.
        size: (width, height) in pixels.

    Raises:
        CameraError: a matrix without focal length (an uncalibrated driver sends zeros), or none
            of a camera, or an unknown distortion model.
    """
    matrix = _numbers('the camera matrix', matrix)
    if matrix.size != 9 or not np.isfinite(matrix).all() or min(matrix[0], matrix[4]) <= 0:
        raise CameraError('the camera matrix has no focal length: the camera is not calibrated')
    if not np.allclose(matrix[[3, 6, 7, 8]], [0, 0, 0, 1]):
        raise CameraError('the camera matrix is none: it must be fx s cx, 0 fy cy, 0 0 1')
    if min(size) < 0:
        raise CameraError(f'an image of {size[0]}x{size[1]} (width x height)')
    coefficients, known = distortion_of(model, _numbers('distortion', distortion))
    return Camera(matrix.reshape(3, 3), size, coefficients, known)


def camera_from_message(message: Any, rectified: bool = False) -> Camera:
    """Return the camera of the images that a sensor_msgs/CameraInfo of ROS 1 or 2 comes with.

    K, P and the size of the message are those of the full sensor; the images are what its region
    of interest and binning leave of it.

    Args:
        message: the CameraInfo.
        rectified: whether the images are rectified already: then P holds, without distortion.

    Raises:
        CameraError: as camera_from_fields, or a region or binning that cannot be.
    """
    size = (int(message.width), int(message.height))
    k, d, p = (getattr(message, name, None) for name in 'kdp')
    if k is None:  # ROS 1 has capital letters
        k, d, p = message.K, message.D, message.P
    projection = _numbers('the projection matrix', p)
    if rectified and projection.size == 12 and np.any(projection):
        camera = camera_from_fields(projection.reshape(3, 4)[:, :3], [], '', size)
    else:
        camera = camera_from_fields(k, d, str(message.distortion_model), size)
        if rectified and camera.distorted:
            raise CameraError('the images are rectified, but the projection matrix P is empty')
    return _binned(_region(camera, getattr(message, 'roi', None)), message)


def _region(camera: Camera, region: Any) -> Camera:
    """Return the camera of a sensor_msgs/RegionOfInterest of its images; all of them is zeros."""
    if region is None or not (region.width or region.height):
        return camera
    offset = (int(region.x_offset), int(region.y_offset))
    size = tuple(int(side) or whole - left for side, whole, left in zip(
        (region.width, region.height), camera.size, offset, strict=True))
    over = [any(camera.size) and left + side > whole
            for left, side, whole in zip(offset, size, camera.size, strict=True)]
    if min(*offset, *size) < 0 or any(over):
        raise CameraError(f'a region of interest of {size[0]}x{size[1]} at {offset} in images of '
                          f'{camera.size[0]}x{camera.size[1]}')
    return camera.cropped(offset, (size[0], size[1]))


def _binned(camera: Camera, message: Any) -> Camera:
    """Return the camera of images whose pixels are several of the sensor's."""
    factors = [max(1, int(getattr(message, f'binning_{axis}', 1))) for axis in 'xy']
    if factors == [1, 1]:
        return camera
    if max(factors) > MOST_BINNING:
        raise CameraError(f'binning of {factors[0]}x{factors[1]} pixels')
    return camera.binned((factors[0], factors[1]))


def camera_from_yaml(path: Path, rectified: bool = False) -> Camera:
    """Return the camera of a file as camera_calibration writes it.

    Raises:
        CameraError: names what the file lacks.
    """
    import yaml
    try:
        content = yaml.safe_load(path.read_text(encoding='utf-8-sig'))
        size = (int(content['image_width']), int(content['image_height']))
        if rectified and 'projection_matrix' in content:
            p = np.array(content['projection_matrix']['data'], float).reshape(3, 4)
            return camera_from_fields(p[:, :3], [], '', size)
        return camera_from_fields(content['camera_matrix']['data'],
                                  (content.get('distortion_coefficients') or {}).get('data', []),
                                  str(content.get('distortion_model') or ''), size)
    except CameraError as error:
        raise CameraError(f'{path}: {error}') from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise CameraError(f'{path}: cannot be read ({" ".join(str(error).split())})') from error
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise CameraError(f'{path}: not a calibration file of camera_calibration, which has '
                          f'image_width, image_height and camera_matrix ({error})') from error


def calibration_fields(path: Path, size: tuple[int, int]) -> dict[str, Any]:
    """Return the fields of sensor_msgs/CameraInfo that a file of camera_calibration has.

    Args:
        path: of the file. Without a rectification it is that of a single camera.
        size: (width, height) of the images.

    Raises:
        CameraError: as camera_from_yaml, or a calibration for images of another size.
    """
    import yaml
    camera = camera_from_yaml(path)
    if camera.size != size:
        raise CameraError(f'{path}: calibrated for images of {camera.size[0]}x{camera.size[1]}, '
                          f'these have {size[0]}x{size[1]}')
    content = yaml.safe_load(path.read_text(encoding='utf-8-sig'))

    def numbers(name: str, count: int, usual: np.ndarray) -> list[float]:
        found = _numbers(name, (content.get(name) or {}).get('data', usual))
        if count and found.size != count:
            raise CameraError(f'{path}: {name} has {found.size} numbers, {count} are expected')
        return [float(number) for number in found]

    return {'width': size[0], 'height': size[1],
            'distortion_model': str(content.get('distortion_model') or 'plumb_bob'),
            'd': numbers('distortion_coefficients', 0, np.zeros(5)),
            'k': numbers('camera_matrix', 9, camera.K),
            'r': numbers('rectification_matrix', 9, np.eye(3)),
            'p': numbers('projection_matrix', 12, np.column_stack([camera.K, np.zeros(3)]))}


def _numbers(what: str, values: Any) -> np.ndarray:
    """Return values as (N,) float64; CameraError where they are no numbers."""
    try:
        return np.array(values if values is not None else [], float).reshape(-1)
    except (TypeError, ValueError) as error:
        raise CameraError(f'{what} is not made of numbers ({error})') from error
