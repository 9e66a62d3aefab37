# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""training-speed: how long the papers' whole schedules take on this machine."""
from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

from residual_features_ros.outputs import refuse_existing

HELP = 'how many hours whole schedules take on this machine, of a few steps of each'


@dataclass(frozen=True)
class TrainingSpeedOptions:
    """What the command line asks for.

    runs: METHOD:RECIPE[:key=value[:...]] each.
    settings: key=value of all of them.
    steps: of each stage; all but the first are timed.
    out: a JSON file.
    """

    runs: tuple[str, ...]
    settings: tuple[str, ...]
    steps: int
    out: Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('settings', nargs='+', metavar='METHOD:RECIPE[:key=value]|key=value',
                        help='for example residual_sift:paper posfeat:paper:encoder=random '
                        'data.images=DIR')
    parser.add_argument('--steps', type=int, default=5,
                        help='of each stage, one of them not timed (default: %(default)s)')
    parser.add_argument('--out', type=Path, required=True, help='a JSON file')


def from_arguments(args: argparse.Namespace) -> TrainingSpeedOptions:
    """Return the options; ValueError for too few steps, or no run."""
    if args.steps < 2:
        raise ValueError(f'--steps {args.steps}: expected 2 or more, the first is not timed')
    runs = tuple(word for word in args.settings if '=' not in word.partition(':')[0])
    if not runs:
        raise ValueError('no run: name METHOD:RECIPE')
    refuse_existing([args.out])
    return TrainingSpeedOptions(runs, tuple(word for word in args.settings if word not in runs),
                                args.steps, args.out)


def run(options: TrainingSpeedOptions) -> None:
    """Train some steps of each run and print the hours of the whole ones."""
    from training.training_speed import hours, save
    with tempfile.TemporaryDirectory() as folder:
        result = save(options.runs, options.settings, options.steps, Path(folder), options.out)
    for method, found in result['methods'].items():
        print(f'{method} {found["recipe"]}: {hours(found["stages"]):.1f} hours '
              f'({found["device"]}, {found["precision"]})')
