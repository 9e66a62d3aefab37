# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Join a node to the topics of its masks."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from residual_features_ros.mask import Mask
from residual_features_ros.ros import statistics
from residual_features_ros.ros.feature_node import WARN_PERIOD_S, FeatureNode
from residual_features_ros.ros.mask_topic import CameraMasks, MaskTopics
from residual_features_ros.ros.node_config import MaskConfig
from residual_features_ros.ros.troubles import Troubles


def subscribe_to_masks(node: FeatureNode, files: Mapping[str, Mask | None],
                       deliver: Callable[..., None]) -> MaskTopics:
    """Subscribe to masks as the parameter mask_topic says.

    Args:
        node: whose masks they are.
        files: the topic of each camera's masks, and the mask that counts beside them.
        deliver: gets the images of all cameras once their masks are there.
    """
    config = node.settings.get(MaskConfig).mask_topic
    cameras = [CameraMasks(node.resolve_topic_name(topic), mask,
                           partial(node.count_publishers, topic) if config != 'off' else int)
               for topic, mask in files.items()]

    def lose(reason: str) -> None:
        idle = not node.wanted(*node.outputs)
        node.statistics.count_received(idle)
        if not idle:
            node.statistics.count_drop(statistics.BAD_IMAGE, reason)
            node.get_logger().warning(f'image skipped: {reason}',
                                      throttle_duration_sec=WARN_PERIOD_S)

    masks = MaskTopics(cameras, config == 'stamp', deliver, lose,
                       Troubles(node.get_logger().warning).say)
    for number, camera in enumerate(cameras if config != 'off' else ()):
        node.subscribe_to_masks(camera.topic, partial(masks.take_mask, number))
    node.publish_info({'mask': masks.in_force})
    return masks
