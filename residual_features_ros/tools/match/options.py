# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The options of match."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from residual_features_ros.outputs import refuse_existing, unused
from residual_features_ros.tools import method_options
from residual_features_ros.tools.arguments import count, select
from residual_features_ros.tools.method_options import (
    DEFAULT_METHOD,
    DEFAULT_OPTIONS,
    MethodOptions,
)

HELP = 'two images to a picture and a table'
DESCRIPTION = ('Draw the matches of two images, those that agree with one geometry in green, and '
               'print counts and times.')


@dataclass(frozen=True)
class MatchOptions:
    """Which two images are matched, and how.

    a, b: the image files.    out: the picture.
    model: geometry whose inliers are green, 'fundamental' or 'homography'.
    repeat: runs that are timed.
    """

    a: str
    b: str
    method: str = DEFAULT_METHOD
    method_options: MethodOptions = DEFAULT_OPTIONS
    out: str = 'matches.png'
    model: str = 'fundamental'
    repeat: int = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument('a', metavar='A')
    parser.add_argument('b', metavar='B')
    parser.add_argument('--out', metavar='PICTURE',
                        help=f'a new file (default: {MatchOptions.out}, or a number behind it)')
    parser.add_argument('--model', choices=('fundamental', 'homography'),
                        default=MatchOptions.model,
                        help='geometry whose inliers are green (default: %(default)s)')
    parser.add_argument('--repeat', type=count, default=MatchOptions.repeat,
                        help='runs timed (default: %(default)s)')
    method_options.add_method(parser)
    method_options.add_arguments(parser)


def from_arguments(arguments: argparse.Namespace) -> MatchOptions:
    """Return the options of the parsed words; ConfigError for a wrong setting."""
    options = select(MatchOptions, vars(arguments),
                     out=arguments.out or str(unused(Path(MatchOptions.out))),
                     method_options=method_options.from_arguments(arguments))
    refuse_existing([options.out])
    options.method_options.configs(options.method)
    return options
