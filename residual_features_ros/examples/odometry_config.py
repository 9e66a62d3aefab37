# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The settings of odometry_backend."""
from __future__ import annotations

from dataclasses import dataclass

from residual_features_ros.config import check, setting
from residual_features_ros.errors import ConfigError


@dataclass(frozen=True)
class OdometryConfig:
    """How poses are made of matches, and what they are called."""

    odom_frame: str = setting('odom', 'Frame of the poses, x forward and z up.')
    child_frame: str = setting(
        '', "Name of the camera's frame (z forward, y down) in odometry and on /tf, empty = "
        'frame_id of the images. Give one where frame_id has a parent already, as in a robot '
        'description: a frame has one parent.')
    publish_tf: bool = setting(
        True, 'Publish odom_frame -> child_frame on /tf, where tf2_ros imports.')
    step_length: float = setting(
        1.0, 'Length of each step in metres: one camera does not tell it.', low=0.0, high=1000.0)
    rectified: bool = setting(
        False, 'Whether the images are rectified: then P of camera_info holds.')
    position_stddev: float = setting(
        0.1, 'Standard deviation of a step as a share of step_length; those of all steps add up '
        'in the covariance.', low=0.0, high=100.0)
    rotation_stddev_deg: float = setting(
        0.1, 'Standard deviation of the turn of a step in degrees; those of all steps add up in '
        'the covariance.', low=0.0, high=180.0)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
        if not self.odom_frame or self.odom_frame == self.child_frame:
            raise ConfigError('odom_frame must be a name other than child_frame, got '
                              f'{self.odom_frame!r} and {self.child_frame!r}')
