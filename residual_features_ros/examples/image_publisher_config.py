# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The settings of image_publisher."""
from __future__ import annotations

from dataclasses import dataclass

from residual_features_ros.config import check, setting
from residual_features_ros.datasets.played_frames import MOST_HZ


@dataclass(frozen=True)
class ImagePublisherConfig:
    """What is published, and how fast."""

    source: str = setting('', 'Folder of images, or video file; must be given.')
    rate_hz: float = setting(
        0.0, 'Images a second; 0 = those of the video, 10 of a folder.', low=0.0, high=MOST_HZ)
    loop: bool = setting(True, 'Begin again after the last image; false = end there.')
    calibration: str = setting(
        '', 'YAML file of camera_calibration, published as camera_info; empty = none.')
    frame_id: str = setting('camera', 'Of the headers.')

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
