# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera for those without one: the images of a folder, or a video, as image_raw.

ros2 run residual_features_ros image_publisher --ros-args -p source:=FOLDER_OR_VIDEO

Out: image_raw (bgr8) and, with a calibration, camera_info. It plays while somebody listens to
image_raw and waits else, so that nobody misses the beginning.
"""
from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rclpy.node import Node
from rclpy.utilities import try_shutdown
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from residual_features_ros.datasets.calibration import calibration_fields
from residual_features_ros.datasets.played_frames import PlayedFrames
from residual_features_ros.errors import ConfigError, DatasetError
from residual_features_ros.examples.image_publisher_config import ImagePublisherConfig
from residual_features_ros.ros.conversions import image_to_message
from residual_features_ros.ros.node_config import NodeConfig
from residual_features_ros.ros.parameters import NodeParameters
from residual_features_ros.ros.runner import run

DEPTH = 10


class ImagePublisher(Node):
    """Publishes one image after the other at a rate."""

    def __init__(self) -> None:
        """Open the source; ConfigError where it has no image, or a calibration does not fit."""
        super().__init__('image_publisher')
        not_here = [field.name for field in dataclasses.fields(NodeConfig)]
        self.settings = NodeParameters(self, [ImagePublisherConfig(), NodeConfig()], not_here)
        self._config = config = self.settings.get(ImagePublisherConfig)
        if not config.source:
            raise ConfigError('parameter source is missing: a folder of images, or a video file')
        try:
            frames = PlayedFrames(config.source)
            self._calibration = camera_info(config.calibration, frames.size)
        except DatasetError as error:
            raise ConfigError(str(error)) from error
        self._frames = frames.again_and_again() if config.loop else iter(frames)
        self._images = self.create_publisher(Image, 'image_raw', DEPTH)
        self._infos = self.create_publisher(CameraInfo, 'camera_info', DEPTH) \
            if self._calibration else None
        rate_hz = config.rate_hz or frames.rate_hz
        self.create_timer(1 / rate_hz, self._publish)
        self.get_logger().info(
            f'{config.source}: {frames.size[0]}x{frames.size[1]} at {rate_hz:g} Hz on '
            f'{self._images.topic_name}{"" if self._infos else ", no camera_info"}, while '
            'somebody listens')

    def begin(self) -> None:
        """Do nothing more: the timer is there since the node was made; see runner.run."""

    def _publish(self) -> None:
        if not self._images.get_subscription_count():
            return
        image = next(self._frames, None)
        if image is None:
            self.get_logger().info('that was the last image')
            try_shutdown()
            return
        header = Header(frame_id=self._config.frame_id, stamp=self.get_clock().now().to_msg())
        if self._infos and self._calibration:
            self._calibration.header = header
            self._infos.publish(self._calibration)
        self._images.publish(image_to_message(image, header))


def camera_info(path: str, size: tuple[int, int]) -> CameraInfo | None:
    """Return the CameraInfo of a file of camera_calibration, None for no file.

    Args:
        path: of the YAML file, '' for none.
        size: (width, height) of the images.

    Raises:
        CameraError: a file that is none, or of images of another size.
    """
    if not path:
        return None
    fields: dict[str, Any] = calibration_fields(Path(path), size)
    return CameraInfo(**fields)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until it is interrupted, or has shown all; return the exit code."""
    return run(ImagePublisher, args)


if __name__ == '__main__':
    sys.exit(main())
