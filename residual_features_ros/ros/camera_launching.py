# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The launch argument camera:= : a camera for the node, of a device, a folder or a video."""
from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ament_index_python.packages import PackageNotFoundError, get_package_prefix
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from residual_features_ros.datasets.played_frames import PlayedFrames
from residual_features_ros.errors import ConfigError

V4L2 = 'v4l2'
CAMERA = {
    'camera': 'v4l2, a device such as /dev/video2, a folder of images, or a video file: is '
              'published as the image topic of the node. Empty = a camera runs elsewhere.',
    'camera_rate': 'Images a second of a folder or video; empty = 10, or those of the video.',
    'camera_calibration': 'YAML file of camera_calibration for camera; empty = no camera_info of '
                          'a folder or video, and that of v4l2_camera itself.',
}


def camera_nodes(given: Mapping[str, str], **of_node: Any) -> list[Node]:
    """Return the node that publishes the images, none where no camera is asked for.

    Args:
        given: the launch arguments.
        of_node: what launch_ros's Node takes beside.

    Raises:
        ConfigError: no such camera, or one that cannot be had here.
        DatasetError: a folder without images, or a video that cannot be read.
    """
    calibration, rate = given['camera_calibration'], given['camera_rate']
    if not given['camera']:
        if calibration or rate:
            raise ConfigError('launch arguments camera_calibration and camera_rate are of camera, '
                              'which is not given')
        return []
    source = str(Path(given['camera']).expanduser())
    calibration = str(Path(calibration).expanduser().absolute()) if calibration else ''
    if given['camera'] == V4L2 or Path(source).is_char_device():
        if rate:
            raise ConfigError('launch argument camera_rate is of folders and videos; a device '
                              'has a rate of its own')
        device = {} if given['camera'] == V4L2 else {'video_device': _text(source)}
        info = {'camera_info_url': _text(f'file://{calibration}')} if calibration else {}
        _require_v4l2_camera()
        return [_node('v4l2_camera', 'v4l2_camera_node', {**device, **info}, of_node)]
    if not Path(source).exists():
        raise ConfigError(f'launch argument camera: {source} is neither v4l2 nor a device, folder '
                          'or file that is there')
    if given['image_transport'] == 'compressed':
        raise ConfigError('image_transport:=compressed: a folder or video is published as raw '
                          'images')
    PlayedFrames(source)  # refused here, in one sentence
    parameters: dict[str, Any] = {'source': _text(str(Path(source).absolute()))}
    if rate:
        parameters['rate_hz'] = _rate(rate)
    if calibration:
        parameters['calibration'] = _text(calibration)
    return [_node('residual_features_ros', 'image_publisher', parameters, of_node)]


def _node(package: str, executable: str, parameters: dict[str, Any],
          of_node: Mapping[str, Any]) -> Node:
    return Node(package=package, executable=executable, name='camera',
                parameters=[parameters] if parameters else [], **of_node)


def _text(value: str) -> ParameterValue:
    """Return a parameter that launch does not read as YAML."""
    return ParameterValue(value, value_type=str)


def _rate(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ConfigError('launch argument camera_rate is a number of images a second, not '
                          f'{text!r}') from error


def _require_v4l2_camera() -> None:
    try:
        get_package_prefix('v4l2_camera')
    except PackageNotFoundError as error:
        distro = os.environ.get('ROS_DISTRO') or '<distro>'
        raise ConfigError('camera:=v4l2 needs the package v4l2_camera: '
                          f'sudo apt install ros-{distro}-v4l2-camera') from error
