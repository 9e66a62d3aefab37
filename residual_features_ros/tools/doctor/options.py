# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The options of doctor."""
from __future__ import annotations

import argparse
from dataclasses import dataclass

from residual_features_ros.errors import CommandError
from residual_features_ros.tools.arguments import select

HELP = 'what runs here, what would be faster, what arrives; ends with a verdict'
DESCRIPTION = ('Say what runs on this machine, what would make it faster, how images travel and '
               'what of the image topics that are there would be lost; then time the default '
               'method. Exit code 1 where something is broken.')


@dataclass(frozen=True)
class DoctorOptions:
    """What is looked at, and for how long.

    benchmark: whether the default method is timed.    seconds: of that.
    listen_s: how long image topics are listened to.
    """

    benchmark: bool = True
    seconds: float = 30.0
    listen_s: float = 6.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument('--no-benchmark', action='store_false', dest='benchmark',
                        help='time nothing')
    parser.add_argument('--seconds', type=float, default=DoctorOptions.seconds, metavar='S',
                        help='of the benchmark (default: %(default)g)')
    parser.add_argument('--listen', type=float, default=DoctorOptions.listen_s, metavar='S',
                        dest='listen_s',
                        help='to image topics (default: %(default)g); a camera that runs may be '
                             'found only after 4 s')


def from_arguments(arguments: argparse.Namespace) -> DoctorOptions:
    """Return the options of the parsed words; CommandError for times that do not do."""
    options = select(DoctorOptions, vars(arguments))
    if not 0 < options.seconds <= 3600 or not 0 < options.listen_s <= 600:
        raise CommandError('--seconds lies in 0 ... 3600 and --listen in 0 ... 600, both above 0')
    return options
