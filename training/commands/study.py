# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""study: three runs of one budget, with and without fusion."""
from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass
from pathlib import Path

HELP = 'does fusion converge faster? three runs, one plot'
HIDDEN = {'data.images': 'DIR', 'data.cache': 'CACHE'}  # settings that are paths


@dataclass(frozen=True)
class StudyOptions:
    """What the command line asks for.

    settings: key=value of the runs.
    method: the fused one.
    out: the folder of study.json and study.png.
    data: what the photographs are, for the results.
    """

    settings: tuple[str, ...]
    method: str
    out: Path
    data: str

    def command(self) -> str:
        """Return the command line, with folders left to the reader."""
        pairs = (text.partition('=') for text in self.settings)
        settings = [f'{name}={HIDDEN.get(name, value)}' for name, _, value in pairs]
        return shlex.join(['python', '-m', 'training', 'study', '--method', self.method,
                           '--out', 'OUT', '--data', self.data, *settings])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('settings', nargs='*', metavar='key=value', help='as for train')
    parser.add_argument('--method', default='residual_rootsift_small',
                        help='the fused one (default: %(default)s)')
    parser.add_argument('--out', type=Path, required=True,
                        help='folder of study.json and study.png; goes on where it was stopped')
    parser.add_argument('--data', default='not stated',
                        help='what the photographs are, for the results')


def from_arguments(args: argparse.Namespace) -> StudyOptions:
    """Return the options."""
    return StudyOptions(tuple(args.settings), args.method, args.out, args.data)


def run(options: StudyOptions) -> None:
    """Train the runs of the study and print what each reached, and when."""
    from training.config import override
    from training.methods.residual.recipe import create
    from training.study import study
    config = override(create(options.method, 'convergence'), options.settings)
    print(study(config, options.out, options.command(), options.data))
