# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""speed-quality: right matches against processor time, of saved results."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from residual_features_ros.outputs import unused

HELP = 'right matches against processor time as a picture'
OUT = Path('speed-quality.png')


@dataclass(frozen=True)
class SpeedQualityOptions:
    """What the command line asks for.

    quality: saved by evaluate hpatches.
    speed: saved by bench.
    out: the picture.
    """

    quality: Path
    speed: Path
    out: Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('--quality', type=Path,
                        default=Path('training/results/hpatches-oxford-640x480.json'),
                        help='saved by evaluate hpatches (default: %(default)s)')
    parser.add_argument('--speed', type=Path, default=Path('docs/results/bench-peers.json'),
                        help='saved by python -m residual_features_ros bench '
                        '(default: %(default)s)')
    parser.add_argument('--out', type=Path,
                        help=f'the picture (default: {OUT}, or a number behind it)')


def from_arguments(args: argparse.Namespace) -> SpeedQualityOptions:
    """Return the options."""
    return SpeedQualityOptions(args.quality, args.speed, args.out or unused(OUT))


def run(options: SpeedQualityOptions) -> None:
    """Draw and say where."""
    from training.benchmarks.reports.speed_quality import main as draw
    print(draw(options.quality, options.speed, options.out))
