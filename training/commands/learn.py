# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""learn: weights that are better on the user's own camera, or the news that there are none."""
from __future__ import annotations

import argparse
from pathlib import Path

from residual_features_ros.errors import CommandError, ConfigError
from training.learn.options import LEAST, METHOD, LearnOptions

HELP = 'fine-tune the shipped weights on your own bag or frames, without labels'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('--bag', type=Path, metavar='BAG', help='rosbag2 or ROS 1 bag')
    parser.add_argument('--topic', default='', metavar='T', help='of images (default: the only)')
    parser.add_argument('--images', type=Path, metavar='DIR', help='frames, by their names')
    parser.add_argument('--sequence', type=Path, metavar='DIR',
                        help='a data set: KITTI, EuRoC, TUM and others, told by its files')
    parser.add_argument('--live', default='', metavar='TOPIC',
                        help='images that a camera publishes now, Image, or CompressedImage where '
                             'it ends with /compressed: collect, learn, offer new weights, again '
                             'and again, at the lowest priority; needs ROS')
    parser.add_argument('--rounds', type=int, default=LearnOptions.rounds, metavar='N',
                        help='of --live (default: until Ctrl-C or SIGTERM)')
    parser.add_argument('--node', default=LearnOptions.node, metavar='NAME',
                        help='that new weights of --live are offered to (default: %(default)s)')
    parser.add_argument('--frames', type=int, default=LearnOptions.most, metavar='N',
                        help='to use at most, of each round (default: %(default)s)')
    parser.add_argument('--general', type=Path, metavar='DIR',
                        help='photographs to lose nothing on (default: those of scikit-learn)')
    parser.add_argument('--minutes', type=float, default=LearnOptions.minutes, metavar='M',
                        help='for everything, however often it is stopped (default: %(default)s)')
    parser.add_argument('--method', default=METHOD, help='(default: %(default)s)')
    parser.add_argument('--weights', default='', metavar='DIR',
                        help='to begin with, and to be better than (default: shipped)')
    parser.add_argument('--out', type=Path, default=Path('learned'), metavar='DIR',
                        help='the same command goes on there (default: %(default)s)')


def from_arguments(args: argparse.Namespace) -> LearnOptions:
    """Return the options; ConfigError for none or several of bag, images, sequence and live."""
    if sum(map(bool, (args.bag, args.images, args.sequence, args.live))) != 1:
        raise ConfigError('learn takes one of --bag, --images, --sequence and --live')
    if args.rounds < 0 or (args.rounds and not args.live):
        raise ConfigError('--rounds is a number from 1 on and goes with --live')
    if args.frames < LEAST:
        raise ConfigError(f'--frames must be {LEAST} or more, got {args.frames}')
    if args.minutes <= 0:
        raise ConfigError(f'--minutes must be larger than 0, got {args.minutes:g}')
    return LearnOptions(args.out, args.bag, args.topic, args.images, args.sequence, args.general,
                        args.method, args.weights, args.minutes, args.frames, live=args.live,
                        rounds=args.rounds, node=args.node)


def run(options: LearnOptions) -> None:
    """Learn, and print what came of it."""
    try:
        if options.live:
            from training.learn.background import step_back
            step_back()  # before libraries start threads, which would keep their priority
            from training.learn.live import main as learn
        else:
            from training.learn.run import main as learn
        print(learn(options))
    except CommandError as error:
        raise ConfigError(str(error)) from error
