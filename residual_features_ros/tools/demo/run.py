# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""demo: a bag through the node in a process of its own, as make demo calls it."""
from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.config import read_settings
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
from residual_features_ros.tools.demo.pictures import write_pictures
from residual_features_ros.tools.demo.report import render
from residual_features_ros.tools.harness.playback import NAMESPACE, play
from residual_features_ros.tools.harness.processes import dds_profile, require_ros, ros_arguments
from residual_features_ros.tools.harness.recording import lost, node_drops, read_recording
from residual_features_ros.tools.method_options import configs
from residual_features_ros.tools.photographs import packaged_photographs


def run(args: argparse.Namespace) -> int:
    """Play the images through the node; return 1 if a frame was not answered."""
    require_ros()
    configs(args)  # refuses a wrong setting before anything starts
    if args.rate <= 0 or args.hz <= 0:
        raise CommandError('--rate and --hz must be larger than 0')
    out = Path(args.out)
    if args.bag and Path(args.bag).resolve() == (out / 'bag').resolve():
        raise CommandError(f'{args.bag} would be overwritten: choose another --out (make: OUT=)')
    profile = dds_profile(args.dds_profile)
    source, messages, kind = open_source(args)
    count = write_images(out / 'bag', f'{NAMESPACE}/image_raw', kind, messages)
    if not count:
        raise CommandError(f'{source}: no image in it')
    print(f'{count} images of {source} in {out / "bag"}', flush=True)
    recording = play(out / 'bag', out, node_arguments(args, kind), profile, args.rate)

    frames = read_recording(recording)
    pictures = write_pictures(ImageBag(out / 'bag', ''), frames, out)
    drops = node_drops(recording)
    print(render(frames, drops, args.method))
    print(f'received: {recording} (rosbag2); pictures: {" ".join(map(str, pictures))}')
    if lost(frames):
        why = ('the node serves the newest image, and this machine is too slow or too busy for '
               'all; RATE=0.5 (--rate 0.5) plays at half the speed' if sum(drops.values()) else
               'images were lost between the processes: see README.md, Large messages')
        print(f'demo: {lost(frames)} frames had no answer: {why}', file=sys.stderr)
        return 1
    return 0


def open_source(args: argparse.Namespace) -> tuple[str, Iterator[tuple[int, Any]], str]:
    """Return the name of what is played, its messages with times, and their type."""
    if args.bag:
        bag = ImageBag(Path(args.bag), args.topic)
        return f'{args.bag} {bag.topic}', bag.messages(args.frames), bag.kind
    images: Iterator[np.ndarray]
    if args.images:
        name, images = args.images, map(read_image, find_images([args.images])[:args.frames])
    else:
        photographs = [read_image(path) for path in packaged_photographs()]
        name = 'a moving view over photographs'
        images = moving_view(photographs, args.size, args.frames)
    return name, timed_messages(map(to_grey, images) if args.grey else images, args.hz), IMAGE


def node_arguments(args: argparse.Namespace, kind: str) -> list[str]:
    """Return the ROS arguments of the node: namespace and parameters."""
    extractor, matcher = read_settings(args.settings)
    parameters = {'method': args.method, 'backend': f'[{", ".join(args.backend)}]',
                  'max_keypoints': args.keypoints, **extractor, **matcher,
                  'image_transport': 'compressed' if kind == COMPRESSED else 'raw'}
    return ros_arguments(NAMESPACE, parameters)
