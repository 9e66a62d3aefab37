# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The options of bench --scaling."""
from __future__ import annotations

import argparse
from dataclasses import dataclass

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.tools.arguments import counts, many_pixels, select
from residual_features_ros.tools.bench import options as compared
from residual_features_ros.tools.bench.options import ComparedOptions

HELP = 'times against the size of images and the number of keypoints'
DESCRIPTION = (
    'Time extraction and matching of several methods in one run, first at several sizes with '
    '--max-keypoints, then at --size with several numbers of keypoints.')


@dataclass(frozen=True)
class ScalingOptions:
    """Of what the two curves are made.

    sizes: (width, height) of the images, of the first curve.
    counts: most keypoints per image, of the second curve.
    """

    compared: ComparedOptions
    sizes: tuple[tuple[int, int], ...] = (
        (320, 240), (480, 360), (640, 480), (800, 600), (1024, 768), (1280, 960))
    counts: tuple[int, ...] = (250, 500, 1000, 2000, 4000)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    compared.add_arguments(parser)
    parser.add_argument('--sizes', type=many_pixels, default=ScalingOptions.sizes,
                        metavar='WxH,...', help='(default: 320x240 to 1280x960)')
    parser.add_argument('--counts', type=counts, default=ScalingOptions.counts, metavar='N,...',
                        help='of keypoints (default: 250 to 4000)')


def from_arguments(arguments: argparse.Namespace) -> ScalingOptions:
    """Return the options of the parsed words; CommandError, ConfigError."""
    compared.refuse_out(arguments.out, plotted=True)
    options = select(ScalingOptions, vars(arguments), compared=compared.from_arguments(arguments))
    for most in options.counts:  # now, and not after the first curve
        ExtractorConfig(max_keypoints=most)
    return options
