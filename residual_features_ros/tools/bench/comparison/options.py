# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The options of bench."""
from __future__ import annotations

import argparse
from dataclasses import dataclass

from residual_features_ros.tools.arguments import percentiles, select
from residual_features_ros.tools.bench import options as compared
from residual_features_ros.tools.bench.options import ComparedOptions

HELP = 'times of several methods side by side'
DESCRIPTION = (
    'Time extraction and matching of several methods in one run. The methods take turns on every '
    'image, so that a machine that slows down slows all. With --scaling: times against the size '
    'of images and the number of keypoints; with --node: the real node. Both have a --help of '
    'their own.')


@dataclass(frozen=True)
class ComparisonOptions:
    """What is timed side by side.

    percentiles: columns beside the median.    brief: leave single times out of the file.
    """

    compared: ComparedOptions
    percentiles: tuple[float, ...] = (95.0,)
    brief: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    compared.add_arguments(parser)
    compared.add_brief(parser)
    parser.add_argument('--percentiles', type=percentiles, default=ComparisonOptions.percentiles,
                        metavar='5,95,99', help='columns beside the median (default: 95)')


def from_arguments(arguments: argparse.Namespace) -> ComparisonOptions:
    """Return the options of the parsed words; CommandError, ConfigError."""
    compared.refuse_out(arguments.out, plotted=False)
    return select(ComparisonOptions, vars(arguments), compared=compared.from_arguments(arguments))
