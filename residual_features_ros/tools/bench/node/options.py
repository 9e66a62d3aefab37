# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The options of bench --node."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from residual_features_ros.errors import CommandError
from residual_features_ros.tools import method_options, node_options
from residual_features_ros.tools.arguments import count, select
from residual_features_ros.tools.bench.options import (
    SIZE,
    add_brief,
    add_shared_arguments,
    refuse_out,
)
from residual_features_ros.tools.method_options import DEFAULT_OPTIONS, MethodOptions

HELP = 'drive the real node over DDS: rate, latency, drops, memory'
DESCRIPTION = ('Start the node in a process of its own, once for each method, send it images over '
               'DDS and time its answers.')


@dataclass(frozen=True)
class NodeBenchOptions:
    """Which node is driven, with which images, and how fast.

    methods: of the nodes; empty = the one of params_file.
    params_file: YAML with parameters of the node, to which those not given here are left.
    images: folder of frames in the order of their names, '' = a crop that moves over photographs.
    size: (width, height) of the frames.    grey: send mono8, else bgr8.
    frames: how many are sent.    rate_hz: of the camera, 0 = 0.8 of the highest that is answered.
    starts: times that the node is started; the last is driven.
    threads: of OpenCV and the network runtime, None = their own choice.
    dds_profile: see node_options.NodeOptions.
    out: file of figures and all times, None = none.    brief: leave single times out of it.
    """

    methods: tuple[str, ...] = ()
    method_options: MethodOptions = DEFAULT_OPTIONS
    params_file: Path | None = None
    images: str = ''
    size: tuple[int, int] = SIZE
    grey: bool = False
    frames: int = 300
    rate_hz: float = 0.0
    starts: int = 2  # the second finds the files of the first in memory
    threads: int | None = None
    dds_profile: str = ''
    out: Path | None = None
    brief: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    add_shared_arguments(parser)
    add_brief(parser)
    parser.add_argument('--rate', type=float, default=NodeBenchOptions.rate_hz, metavar='HZ',
                        dest='rate_hz',
                        help='of the camera (default: 0 = 0.8 of the highest that is answered)')
    parser.add_argument('--frames', type=count, default=NodeBenchOptions.frames, metavar='N',
                        help='sent (default: %(default)s)')
    parser.add_argument('--params-file', type=Path, metavar='YAML',
                        help='parameters of the node; from the command line come then only '
                             '--methods, --set, and --max-keypoints and --backend that are not '
                             'the default')
    parser.add_argument('--grey', action='store_true', help='send mono8 (default: bgr8)')
    parser.add_argument('--starts', type=count, default=NodeBenchOptions.starts, metavar='N',
                        help='times that the node is started, the last is driven (default: '
                             '%(default)s, so that its files are in memory)')
    node_options.add_dds_profile(parser)


def from_arguments(arguments: argparse.Namespace) -> NodeBenchOptions:
    """Return the options; CommandError for a node that cannot be driven, ConfigError."""
    options = select(
        NodeBenchOptions, vars(arguments),
        method_options=method_options.from_arguments(arguments).with_threads(arguments.threads))
    refuse_out(options.out, plotted=True)
    if options.params_file and not options.params_file.is_file():
        raise CommandError(f'{options.params_file}: no such file')
    if not options.methods and not options.params_file:
        raise CommandError('--methods names no method')
    if not 0 <= options.rate_hz <= 1000:
        raise CommandError('--rate lies in 0 ... 1000')
    for method in options.methods:
        options.method_options.configs(method)
    return options
