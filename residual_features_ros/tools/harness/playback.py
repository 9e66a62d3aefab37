# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A bag through the real node: node and player from their start to their end."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from residual_features_ros.tools.bags.rosbag import COMPRESSED
from residual_features_ros.tools.harness.processes import (
    NODE,
    await_partner,
    environment,
    ros_arguments,
    running,
)
from residual_features_ros.tools.method_options import MethodOptions

NAMESPACE = '/demo'
PLAYER = 'residual_features_ros.tools.harness.player'


def node_arguments(method: str, options: MethodOptions, kind: str,
                   masks: bool = False) -> list[str]:
    """Return the ROS arguments of the node: namespace and parameters.

    Args:
        method: registry name.
        options: of the method.
        kind: message type of the images.
        masks: whether each image has a mask that is played with it.
    """
    return ros_arguments(NAMESPACE, {
        **options.node_parameters(method),
        'image_transport': 'compressed' if kind == COMPRESSED else 'raw',
        **({'mask_topic': 'stamp'} if masks else {})})


def play(bag: Path, out: Path, node_arguments: Sequence[str], profile: Path | None,
         rate: float, masks: Path | None = None) -> Path:
    """Play a bag to a node that is started for it; return the recording of the answers.

    Args:
        bag: of one image topic.
        out: folder that gets the recording and the logs.
        node_arguments: ROS arguments of the node; its namespace is NAMESPACE.
        profile: of Fast DDS, None for its defaults.
        rate: how many times as fast as the bag says.
        masks: bag of one mask for each image, None for no masks.

    Raises:
        CommandError: node or player failed; with the node's last words.
    """
    (out / 'log').mkdir(parents=True, exist_ok=True)
    env = environment(profile, out / 'log')
    log, recording = out / 'node.log', out / 'recording'
    player_arguments = [str(bag), str(recording), '--namespace', NAMESPACE, '--rate', str(rate),
                        *(['--masks', str(masks)] if masks else [])]
    with log.open('wb') as output, running(NODE, node_arguments, env, output) as node, \
            running(PLAYER, player_arguments, env) as player:
        await_partner(node, player, 'player', log)
    return recording
