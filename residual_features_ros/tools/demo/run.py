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
from residual_features_ros.outputs import undone_on_error
from residual_features_ros.tools.bags.images import BagImages
from residual_features_ros.tools.bags.rosbag import (
    IMAGE,
    ImageBag,
    timed_messages,
    write_images,
)
from residual_features_ros.tools.demo.animation import write_animation
from residual_features_ros.tools.demo.moving_view import moving_view
from residual_features_ros.tools.demo.options import WRITTEN, DemoOptions, SourceOptions
from residual_features_ros.tools.demo.pictures import write_pictures
from residual_features_ros.tools.demo.played_images import played_images
from residual_features_ros.tools.demo.report import render
from residual_features_ros.tools.harness.playback import NAMESPACE, node_arguments, play
from residual_features_ros.tools.harness.processes import dds_profile, require_ros, says_more
from residual_features_ros.tools.harness.recording import lost, node_drops, read_recording
from residual_features_ros.tools.photographs import packaged_photographs

UNFINISHED = ('bag', 'node.log', 'recording')  # of no use without a recording
LOGS = 'log'  # so are these, where they are not beside those of others


def run(options: DemoOptions) -> int:
    """Play the images through the node; return 1 if a frame was not answered."""
    require_ros()
    print(opening(options), flush=True)
    out, profile = options.out, dds_profile(options.node.dds_profile)
    bag = open_bag(options.source)
    own_logs = () if (out / LOGS).exists() else (LOGS,)
    with undone_on_error(out, (*UNFINISHED, *own_logs)) as unfinished:
        kind = write_played(options, bag)
        arguments = node_arguments(options.method, options.method_options, kind)
        try:
            recording = play(out / 'bag', out, arguments, profile, options.node.rate)
        except CommandError as error:
            if says_more(out / 'node.log'):
                unfinished.remove('node.log')
                raise CommandError(f'{error}\nall that it said: {out / "node.log"}') from error
            raise

    frames = read_recording(recording)
    pictures = write_pictures(ImageBag(out / 'bag', ''), frames, out)
    drops = node_drops(recording)
    print(render(frames, drops, options.method))
    if options.animation:
        write_animation(ImageBag(out / 'bag', ''), frames, options.animation, options.source.hz)
        pictures.append(options.animation)
    print(f'received: {recording} (rosbag2); pictures: {" ".join(map(str, pictures))}')
    if lost(frames):
        why = ('the node serves the newest image, and this machine is too slow or too busy for '
               'all; RATE=0.5 (--rate 0.5) plays at half the speed' if sum(drops.values()) else
               'images were lost between the processes: see docs/large-messages.md')
        print(f'demo: {lost(frames)} frames had no answer: {why}', file=sys.stderr)
        return 1
    return 0


def opening(options: DemoOptions) -> str:
    """Return what the demo shows, and what it writes where."""
    source = options.source
    shown = source.bag or source.images or 'photographs, over which a view moves'
    return (f'demo: images of {shown} go to the real node ({options.method}) over DDS, as those '
            'of a camera do;\n      then it tells what a back-end receives: keypoints, matches, '
            f'tracks, times and losses.\n      It writes to {options.out}: {", ".join(WRITTEN)}')


def write_played(options: DemoOptions, bag: ImageBag | None) -> str:
    """Write the bag that the node is shown, and say what of the source is not in it.

    Args:
        options: of the demo.
        bag: that is played, None where something else is.

    Returns:
        The type of its messages.

    Raises:
        CommandError: no image, with what is known of the reason; a mask of another size.
    """
    notes: list[str] = []
    source, messages, kind = open_source(options.source, bag, notes)
    played = options.out / 'bag'
    count = write_images(played, f'{NAMESPACE}/image_raw', kind, messages)
    if not count:
        raise CommandError('; '.join([f'{source}: no image in it', *notes]))
    for note in notes:
        print(f'note: {note}')
    print(f'{count} images of {source} in {played}', flush=True)
    first = BagImages(ImageBag(played, ''), limit=1)
    if list(first):
        options.method_options.check_mask(first.size)
    return kind


def open_bag(source: SourceOptions) -> ImageBag | None:
    """Return the bag that is played and say how it is read, None where something else is."""
    bag = ImageBag(source.bag, source.topic, allow_truncated=True) if source.bag else None
    for note in bag.notes if bag else ():
        print(f'note: {note}')
    return bag


def open_source(source: SourceOptions, bag: ImageBag | None,
                notes: list[str]) -> tuple[str, Iterator[tuple[int, Any]], str]:
    """Return the name of what is played, its messages with times, and their type.

    Args:
        source: what is played.
        bag: opened, None where something else is played.
        notes: gets sentences on what of the bag is lost, all after the last message.
    """
    if bag:
        return f'{source.bag} {bag.topic}', played_images(bag, source.frames, notes), bag.kind
    images: Iterator[np.ndarray]
    if source.images:
        name = source.images
        images = readable_images(find_images([source.images])[:source.frames])
    else:
        name = 'a moving view over photographs'
        photographs = [read_image(path) for path in packaged_photographs()]
        images = moving_view(photographs, source.size, source.frames)
    return name, timed_messages(map(to_grey, images) if source.grey else images, source.hz), IMAGE
