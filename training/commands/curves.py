# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""curves: validation scores of runs as a picture and a table."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from residual_features_ros.outputs import unused

HELP = 'validation scores of runs as a picture'
OUT = Path('curves.png')


@dataclass(frozen=True)
class CurvesOptions:
    """What the command line asks for.

    runs: folders of runs, or checkpoints.
    out: the picture.
    """

    runs: tuple[Path, ...]
    out: Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('runs', nargs='+', type=Path, metavar='RUN',
                        help='folder of a run, or a checkpoint')
    parser.add_argument('--out', type=Path,
                        help=f'the picture, a table goes beside it (default: {OUT}, or a number '
                        'behind it)')


def from_arguments(args: argparse.Namespace) -> CurvesOptions:
    """Return the options."""
    return CurvesOptions(tuple(args.runs), args.out or unused(OUT))


def run(options: CurvesOptions) -> None:
    """Draw and say where."""
    from training.curves import main as draw
    print(draw(options.runs, options.out))
