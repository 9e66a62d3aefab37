# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The options of demo."""
from __future__ import annotations

import argparse
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from residual_features_ros.errors import CommandError
from residual_features_ros.outputs import refuse_existing, unused
from residual_features_ros.tools import method_options, node_options
from residual_features_ros.tools.arguments import count, pixels, select
from residual_features_ros.tools.method_options import (
    DEFAULT_METHOD,
    DEFAULT_OPTIONS,
    MethodOptions,
)
from residual_features_ros.tools.node_options import DEFAULT_NODE, NodeOptions

HELP = 'a bag through the node over DDS, as "make demo"'
DESCRIPTION = ('Play images through the node in a process of its own and report what a back-end '
               'receives. Exit code 1 if a frame was not answered.')


@dataclass(frozen=True)
class SourceOptions:
    """What is played: a bag, a folder of images, or else a moving view over photographs.

    topic: image topic of the bag, '' = its only one.    frames: most frames played.
    hz, grey: frame rate, and mono8 instead of bgr8, of photographs and images.
    size: (width, height) of the view over the photographs.
    """

    bag: Path | None = None
    images: str = ''
    topic: str = ''
    frames: int = 150
    hz: float = 10.0
    grey: bool = False
    size: tuple[int, int] = (320, 240)


DEFAULT_SOURCE = SourceOptions()
ANIMATIONS = ('.webp', '.gif')
WRITTEN = ('bag', 'recording', 'node.log', 'keypoints.png', 'tracks.png')


@dataclass(frozen=True)
class DemoOptions:
    """What is played through which node, and the folder of what comes out.

    animation: moving picture of the tracks to write as well, None = none.
    """

    source: SourceOptions = DEFAULT_SOURCE
    method: str = DEFAULT_METHOD
    method_options: MethodOptions = DEFAULT_OPTIONS
    node: NodeOptions = DEFAULT_NODE
    out: Path = Path('demo_out')
    animation: Path | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument('--bag', type=Path, help='rosbag2 folder or ROS 1 .bag to play')
    source.add_argument('--images', default=SourceOptions.images, metavar='DIR',
                        help='folder of images to play')
    parser.add_argument('--topic', default=SourceOptions.topic,
                        help='image topic of the bag (default: its only)')
    parser.add_argument('--out', type=Path, metavar='DIR',
                        help=f'(default: {DemoOptions.out}, or a number behind it)')
    parser.add_argument('--animation', type=Path, metavar='FILE',
                        help='write the tracks as a moving picture too: .webp or .gif')
    parser.add_argument('--hz', type=float, default=SourceOptions.hz,
                        help='frame rate of photographs and images (default: %(default)s)')
    parser.add_argument('--frames', type=count, default=SourceOptions.frames, metavar='N',
                        help='most frames played (default: %(default)s)')
    parser.add_argument('--size', type=pixels, default=SourceOptions.size, metavar='WxH',
                        help='of the view over the photographs (default: 320x240)')
    parser.add_argument('--grey', action='store_true',
                        help='send photographs and images as mono8 (default: bgr8)')
    node_options.add_arguments(parser)
    method_options.add_method(parser)
    method_options.add_arguments(parser)


def from_arguments(arguments: argparse.Namespace) -> DemoOptions:
    """Return the options; CommandError for rates and folders that do not do, ConfigError."""
    options = select(DemoOptions, vars(arguments), source=select(SourceOptions, vars(arguments)),
                     out=arguments.out or unused(DemoOptions.out),
                     method_options=method_options.from_arguments(arguments),
                     node=node_options.from_arguments(arguments))
    if options.node.rate <= 0 or options.source.hz <= 0:
        raise CommandError('--rate and --hz must be larger than 0')
    bag = options.source.bag
    if bag and bag.resolve() == (options.out / 'bag').resolve():
        raise CommandError(f'{bag} would be overwritten: choose another --out (make: OUT=)')
    refuse_existing([options.out / name for name in WRITTEN], '--out (make: OUT=)')
    if options.animation:
        refuse_existing([options.animation], '--animation')
        check_animation(options.animation)
    options.method_options.configs(options.method)
    return options


def check_animation(path: Path) -> None:
    """Raise CommandError for a moving picture that cannot be written."""
    if path.suffix.lower() not in ANIMATIONS:
        raise CommandError(f'--animation {path}: expected a name that ends in '
                           f'{" or ".join(ANIMATIONS)}')
    if importlib.util.find_spec('PIL') is None:
        raise CommandError('--animation needs the Python package pillow: pip install pillow')
