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


def node_arguments(method: str, options: MethodOptions, kind: str) -> list[str]:
    """Return the ROS arguments of the node: namespace and parameters.

    Args:
        method: registry name.
        options: of the method.
        kind: message type of the images.
    """
    return ros_arguments(NAMESPACE, {
        **options.node_parameters(method),
        'image_transport': 'compressed' if kind == COMPRESSED else 'raw'})


def play(bag: Path, out: Path, node_arguments: Sequence[str], profile: Path | None,
         rate: float) -> Path:
    """Play a bag to a node that is started for it; return the recording of the answers.

    Args:
        bag: of one image topic.
        out: folder that gets the recording and the logs.
        node_arguments: ROS arguments of the node; its namespace is NAMESPACE.
        profile: of Fast DDS, None for its defaults.
        rate: how many times as fast as the bag says.

    Raises:
        CommandError: node or player failed; with the node's last words.
    """
    (out / 'log').mkdir(parents=True, exist_ok=True)
    env = environment(profile, out / 'log')
    log, recording = out / 'node.log', out / 'recording'
    player_arguments = [str(bag), str(recording), '--namespace', NAMESPACE, '--rate', str(rate)]
    with log.open('wb') as output, running(NODE, node_arguments, env, output) as node, \
            running(PLAYER, player_arguments, env) as player:
        await_partner(node, player, 'player', log)
    return recording
