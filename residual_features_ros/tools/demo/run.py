# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""demo: a bag through the node in a process of its own, as make demo calls it."""
from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from residual_features_ros.datasets.image_files import find_images, read_image
from residual_features_ros.datasets.readable_images import readable_images
from residual_features_ros.errors import CommandError
from residual_features_ros.image import to_grey
from residual_features_ros.tools.bags.images import BagImages
from residual_features_ros.tools.bags.rosbag import (
    IMAGE,
    ImageBag,
    timed_messages,
    write_images,
)
from residual_features_ros.tools.demo.moving_view import moving_view
from residual_features_ros.tools.demo.options import DemoOptions, SourceOptions
from residual_features_ros.tools.demo.pictures import write_pictures
from residual_features_ros.tools.demo.report import render
from residual_features_ros.tools.harness.playback import NAMESPACE, node_arguments, play
from residual_features_ros.tools.harness.processes import dds_profile, require_ros
from residual_features_ros.tools.harness.recording import lost, node_drops, read_recording
from residual_features_ros.tools.photographs import packaged_photographs


def run(options: DemoOptions) -> int:
    """Play the images through the node; return 1 if a frame was not answered."""
    require_ros()
    out, profile = options.out, dds_profile(options.node.dds_profile)
    bag = open_bag(options.source)
    source, messages, kind = open_source(options.source, bag)
    count = write_images(out / 'bag', f'{NAMESPACE}/image_raw', kind, messages)
    if bag and bag.unread:
        print(f'note: {len(bag.unread)} images of {bag.topic} are not readable; the first: '
              f'{bag.unread[0]}')
    if not count:
        raise CommandError(f'{source}: no image in it')
    print(f'{count} images of {source} in {out / "bag"}', flush=True)
    played = BagImages(ImageBag(out / 'bag', ''), limit=1)
    if list(played):
        options.method_options.check_mask(played.size)
    arguments = node_arguments(options.method, options.method_options, kind)
    recording = play(out / 'bag', out, arguments, profile, options.node.rate)

    frames = read_recording(recording)
    pictures = write_pictures(ImageBag(out / 'bag', ''), frames, out)
    drops = node_drops(recording)
    print(render(frames, drops, options.method))
    print(f'received: {recording} (rosbag2); pictures: {" ".join(map(str, pictures))}')
    if lost(frames):
        why = ('the node serves the newest image, and this machine is too slow or too busy for '
               'all; RATE=0.5 (--rate 0.5) plays at half the speed' if sum(drops.values()) else
               'images were lost between the processes: see README.md, Large messages')
        print(f'demo: {lost(frames)} frames had no answer: {why}', file=sys.stderr)
        return 1
    return 0


def open_bag(source: SourceOptions) -> ImageBag | None:
    """Return the bag that is played and say how it is read, None where something else is."""
    bag = ImageBag(source.bag, source.topic) if source.bag else None
    for note in bag.notes if bag else ():
        print(f'note: {note}')
    return bag


def open_source(source: SourceOptions,
                bag: ImageBag | None) -> tuple[str, Iterator[tuple[int, Any]], str]:
    """Return the name of what is played, its messages with times, and their type."""
    if bag:
        return f'{source.bag} {bag.topic}', bag.messages(source.frames), bag.kind
    images: Iterator[np.ndarray]
    if source.images:
        name = source.images
        images = readable_images(find_images([source.images])[:source.frames])
    else:
        name = 'a moving view over photographs'
        photographs = [read_image(path) for path in packaged_photographs()]
        images = moving_view(photographs, source.size, source.frames)
    return name, timed_messages(map(to_grey, images) if source.grey else images, source.hz), IMAGE
