# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The settings of republisher."""
from __future__ import annotations

from dataclasses import dataclass

from residual_features_ros.config import check, setting
from residual_features_ros.errors import ConfigError
from residual_features_ros.examples.message_forms import FORMS


@dataclass(frozen=True)
class RepublisherConfig:
    """Which message features become, and where their points come from."""

    form: str = setting(
        'rtabmap', 'What is published: rtabmap = rtabmap_msgs/RGBDImage on rgbd_image; '
        'image_features = image_feature_msgs/ImageFeatures on image_features; frame_descriptors '
        '= dl_vins/FrameDescriptors on frame_descriptors.', choices=FORMS)
    points: str = setting(
        'none', 'rtabmap: where keypoints are in 3D: stereo = by stereo_matches, with topics of '
        'the stereo node and both camera_info; depth = by images on the topic depth, registered '
        'to those of the keypoints; none = points stay empty.',
        choices=('none', 'stereo', 'depth'))
    depth_tolerance_s: float = setting(
        0.0, 'depth: largest difference of the stamps of features and depth in seconds, 0 = '
        'equal stamps.', low=0.0, high=10.0)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
        if self.points != 'none' and self.form != 'rtabmap':
            raise ConfigError(f'points {self.points} is for the form rtabmap alone: '
                              f'{self.form} has no place for them')
