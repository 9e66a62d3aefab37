# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The options of evaluate-slam."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from residual_features_ros.errors import CommandError
from residual_features_ros.outputs import refuse_existing
from residual_features_ros.tools import method_options
from residual_features_ros.tools.arguments import count, select, unique_words
from residual_features_ros.tools.method_options import DEFAULT_OPTIONS, MethodOptions

HELP = 'the SLAM back-end of the examples with the features of several methods'
DESCRIPTION = (
    'Run the SLAM back-end of residual_features_ros/examples on a bag, or on a data set on disk '
    '(KITTI, TUM, EuRoC, K.txt with poses.txt), with the features of methods, and compare with '
    'the true poses: how many images have a pose, the absolute trajectory error after alignment '
    'by a similarity, keyframes, loops; with --black how many images it takes to be relocalised.')
DEFAULT_METHODS = ('residual_hessian_small', 'rootsift', 'orb')


@dataclass(frozen=True)
class EvaluateSlamOptions:
    """What is evaluated.

    source: a bag or the folder of a data set.    topic: of a bag's images, '' = the only one.
    groundtruth: file or topic of poses of a bag, '' = the topic that make-bag writes.
    seeds: runs of each method, which differ in what is random.
    black: seconds in the middle that are black, each in runs of their own; besides none.
    vocabulary: folder with <method>.npz, '' = the shipped ones.
    hz: of images of a data set.    max_frames: most images, None = all.    step: every Nth.
    out: JSON file of all runs, None = none.
    """

    source: Path
    methods: tuple[str, ...] = DEFAULT_METHODS
    method_options: MethodOptions = DEFAULT_OPTIONS
    topic: str = ''
    groundtruth: str = ''
    seeds: int = 5
    black: tuple[float, ...] = ()
    vocabulary: str = ''
    hz: float = 10.0
    max_frames: int | None = None
    step: int = 1
    out: Path | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    default = EvaluateSlamOptions
    parser.add_argument('source', type=Path, metavar='BAG|DIR')
    parser.add_argument('--methods', type=unique_words, nargs='+', default=[default.methods],
                        metavar='A,B,C', help=f'(default: {",".join(default.methods)})')
    parser.add_argument('--topic', default=default.topic, metavar='T',
                        help='image topic of a bag (default: the only one)')
    parser.add_argument('--groundtruth', default=default.groundtruth, metavar='FILE|TOPIC',
                        help='true poses of a bag, as evaluate-bag takes them (default: '
                             '/groundtruth, which make-bag writes)')
    parser.add_argument('--seeds', type=count, default=default.seeds, metavar='N',
                        help='runs of each method (default: %(default)s)')
    parser.add_argument('--black', type=float, nargs='+', default=default.black, metavar='S',
                        help='seconds of black images in the middle, each in runs of their own')
    parser.add_argument('--vocabulary', default=default.vocabulary, metavar='DIR',
                        help='folder with METHOD.npz (default: the shipped ones)')
    parser.add_argument('--hz', type=float, default=default.hz,
                        help='of the images of a data set (default: %(default)s)')
    parser.add_argument('--max-frames', type=count, metavar='N', help='images evaluated')
    parser.add_argument('--step', type=count, default=default.step, metavar='N',
                        help='every Nth image')
    parser.add_argument('--out', type=Path, metavar='FILE', help='write all runs as JSON')
    method_options.add_arguments(parser)


def from_arguments(arguments: argparse.Namespace) -> EvaluateSlamOptions:
    """Return the options; CommandError for what cannot be evaluated, ConfigError."""
    options = select(EvaluateSlamOptions, vars(arguments), black=tuple(arguments.black),
                     methods=tuple(dict.fromkeys(sum(arguments.methods, ()))),
                     method_options=method_options.from_arguments(arguments))
    if not options.methods:
        raise CommandError('--methods names no method')
    if options.hz <= 0 or any(seconds <= 0 for seconds in options.black):
        raise CommandError('--hz and --black must be larger than 0')
    if not options.source.exists():
        raise CommandError(f'{options.source}: no such bag or folder')
    if options.out:
        refuse_existing([options.out])
    for method in options.methods:
        if '+' in method:
            raise CommandError(f'{method}: the back-end matches by itself, name no matcher')
        options.method_options.configs(method)
    return options
