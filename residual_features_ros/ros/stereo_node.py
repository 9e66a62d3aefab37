# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The node of a rectified stereo pair: two images in, features of both and their matches out."""
from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from sensor_msgs.msg import PointCloud2

from residual_features_ros.config import MatcherConfig
from residual_features_ros.grey_levels import LevelMemory
from residual_features_ros.levels import levels_of
from residual_features_ros.mask import Mask, read_mask
from residual_features_ros.ros.conversions import (
    features_to_message,
    image_from_message,
    matches_to_message,
)
from residual_features_ros.ros.extracted import Extracted
from residual_features_ros.ros.feature_node import FeatureNode
from residual_features_ros.ros.mask_subscription import subscribe_to_masks
from residual_features_ros.ros.node_config import NodeConfig, StereoConfig
from residual_features_ros.ros.pairing import StampPairs
from residual_features_ros.ros.runner import run
from residual_features_ros.ros.statistics import NO_PARTNER


class StereoNode(FeatureNode):
    """Subscribes left/image_raw and right/image_raw; publishes features and stereo_matches.

    stereo_matches has the layout of matches: x y index are of the left image, prev_x prev_y
    prev_index and the prev_stamp of the right one; id is -1. Its header is the left image's.
    """

    def __init__(self) -> None:
        """Open the topics; see create_extractor for the errors."""
        super().__init__('stereo')
        self.left_features = self.add_output(PointCloud2, 'left/features')
        self.right_features = self.add_output(PointCloud2, 'right/features')
        self.matches = self.add_output(PointCloud2, 'stereo_matches')
        self.levels = (LevelMemory(), LevelMemory())
        config = self.settings.get(StereoConfig)
        right_mask = read_mask(config.right_mask) if config.right_mask else self.extractor.mask
        self.masks = subscribe_to_masks(
            self, {'left/mask': self.extractor.mask, 'right/mask': right_mask},
            lambda *pair: self.offer(pair))
        self.pairs = StampPairs(self.masks.take_images, config.stamp_tolerance_s,
                                config.pairing_queue, self._on_single)
        for side, name in enumerate(('left', 'right')):
            self.subscribe_to_images(f'{name}/image_raw', partial(self.pairs.add, side))

    def _on_single(self, gap_s: float | None) -> None:
        """Count an image without a partner, and say how far away the nearest one was."""
        self.statistics.count_drop(NO_PARTNER)
        tolerance_s = self.settings.get(StereoConfig).stamp_tolerance_s
        if gap_s is None:
            words = 'no image of the other side has come'
        elif gap_s <= tolerance_s:
            words = 'its partner belongs to another pair'
        else:
            words = (f'the nearest stamp of the other side is {1e3 * gap_s:.6g} ms away, and '
                     f'stamp_tolerance_s is {tolerance_s:g}: where both cameras are triggered '
                     'together, set it above that')
        self.troubles.say('no partner', f'an image found no partner: {words}')

    def convert(self, item: tuple[Any, Any]) -> tuple[list[np.ndarray], list[Mask | None]]:
        """Return the images of a pair of messages, and their masks."""
        return list(map(image_from_message, item, self.levels)), self.masks.of(item)

    def publish(self, extracted: Extracted) -> tuple[int, int]:
        """Publish the features of both images and the matches between them."""
        left, right = extracted.features
        width, height = left.image_size
        self.publish_info({'image_width': width, 'image_height': height,
                           'mask': self.masks.in_force})
        headers = [side.header for side in extracted.item]
        self.newest = (headers[0].stamp.sec, headers[0].stamp.nanosec)
        settings, timed = extracted.settings, extracted.timings.timed
        encoding = settings.get(NodeConfig).descriptor_encoding
        for topic, features, header in zip((self.left_features, self.right_features),
                                           extracted.features, headers, strict=True):
            topic.publish(features_to_message(
                features, header, encoding,
                levels=levels_of(features.sizes, self.extractor.levels)))
        if not self.wanted(self.matches):
            return len(left), 0
        with timed('match'):
            matches = self.matcher(settings.get(MatcherConfig)).match(left, right)
        right_stamp = (headers[1].stamp.sec, headers[1].stamp.nanosec)
        self.matches.publish(matches_to_message(matches, left, right, headers[0], right_stamp))
        return len(left), len(matches)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until it is interrupted; return the exit code."""
    return run(StereoNode, args)


if __name__ == '__main__':
    sys.exit(main())
