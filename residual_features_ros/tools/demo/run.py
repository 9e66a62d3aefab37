# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""demo: a bag through the node in a process of its own, as make demo calls it."""
from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.datasets.image_files import find_images, read_image
from residual_features_ros.errors import CommandError
from residual_features_ros.image import to_grey
from residual_features_ros.tools.bags.rosbag import (
    COMPRESSED,
    IMAGE,
    ImageBag,
    timed_messages,
    write_images,
)
from residual_features_ros.tools.demo.moving_view import moving_view
from residual_features_ros.tools.demo.options import DemoOptions, SourceOptions
from residual_features_ros.tools.demo.pictures import write_pictures
from residual_features_ros.tools.demo.report import render
from residual_features_ros.tools.harness.processes import (
    NODE,
    dds_profile,
    environment,
    last_words,
    require_ros,
    ros_arguments,
    running,
    wait_for,
)
from residual_features_ros.tools.harness.recording import lost, node_drops, read_recording
from residual_features_ros.tools.method_options import MethodOptions
from residual_features_ros.tools.photographs import packaged_photographs

NAMESPACE = '/demo'
PLAYER = 'residual_features_ros.tools.harness.player'


def run(options: DemoOptions) -> int:
    """Play the images through the node; return 1 if a frame was not answered."""
    require_ros()
    out = options.out
    env = environment(dds_profile(options.node.dds_profile), out / 'log')
    (out / 'log').mkdir(parents=True, exist_ok=True)
    source, messages, kind = open_source(options.source)
    count = write_images(out / 'bag', f'{NAMESPACE}/image_raw', kind, messages)
    if not count:
        raise CommandError(f'{source}: no image in it')
    print(f'{count} images of {source} in {out / "bag"}', flush=True)
    play(out, node_arguments(options.method, options.method_options, kind), env,
         options.node.rate)

    frames = read_recording(out / 'recording')
    pictures = write_pictures(ImageBag(out / 'bag', ''), frames, out)
    drops = node_drops(out / 'recording')
    print(render(frames, drops, options.method))
    print(f'received: {out / "recording"} (rosbag2); pictures: {" ".join(map(str, pictures))}')
    if lost(frames):
        why = ('the node serves the newest image, and this machine is too slow or too busy for '
               'all; RATE=0.5 (--rate 0.5) plays at half the speed' if sum(drops.values()) else
               'images were lost between the processes: see README.md, Large messages')
        print(f'demo: {lost(frames)} frames had no answer: {why}', file=sys.stderr)
        return 1
    return 0


def open_source(source: SourceOptions) -> tuple[str, Iterator[tuple[int, Any]], str]:
    """Return the name of what is played, its messages with times, and their type."""
    if source.bag:
        bag = ImageBag(source.bag, source.topic)
        return f'{source.bag} {bag.topic}', bag.messages(source.frames), bag.kind
    images: Iterator[np.ndarray]
    if source.images:
        name = source.images
        images = map(read_image, find_images([source.images])[:source.frames])
    else:
        name = 'a moving view over photographs'
        photographs = [read_image(path) for path in packaged_photographs()]
        images = moving_view(photographs, source.size, source.frames)
    return name, timed_messages(map(to_grey, images) if source.grey else images, source.hz), IMAGE


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


def play(out: Path, node_words: list[str], env: dict[str, str], rate: float,
         bag: Path | None = None) -> None:
    """Run node and player; CommandError with the node's last words if either fails.

    Args:
        out: folder of the recording and the node's log.
        node_words: ROS arguments of the node.
        env: of both processes.
        rate: playing speed.
        bag: to play; default: the folder bag in `out`.
    """
    log = out / 'node.log'
    with log.open('wb') as output, running(NODE, node_words, env, output) as node, \
            running(PLAYER, [str(bag or out / 'bag'), str(out / 'recording'), '--namespace',
                             NAMESPACE, '--rate', str(rate)], env) as player:
        failed = wait_for(node, player, 'player')
    if failed:
        raise CommandError('\n'.join([failed, *last_words(log)]))
