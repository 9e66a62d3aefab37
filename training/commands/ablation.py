# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ablation: validated runs that differ in one thing, compared pair by pair."""
from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass
from pathlib import Path

HELP = 'what each part brings: validated runs, compared with sign tests'


@dataclass(frozen=True)
class AblationOptions:
    """What the command line asks for.

    pairs: folders of runs, and of those that they are compared with.
    out: the JSON.
    data: how the runs were trained, for the results.
    """

    pairs: tuple[tuple[Path, Path | None], ...]
    out: Path
    data: str

    def command(self) -> str:
        """Return the command line, with folders left to the reader."""
        runs = [f'RUNS/{run.name}' + (f':RUNS/{other.name}' if other else '')
                for run, other in self.pairs]
        return shlex.join(['python', '-m', 'training', 'ablation', *runs, '--out', 'FILE'])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('runs', nargs='+', metavar='DIR[:DIR]',
                        help='folder with validation.json, and config.json where it was trained '
                             'for this; behind a colon the one that it is compared with')
    parser.add_argument('--out', type=Path, required=True, metavar='FILE', help='JSON to write')
    parser.add_argument('--data', default='not stated', help='how the runs were trained')


def from_arguments(args: argparse.Namespace) -> AblationOptions:
    """Return the options."""
    pairs = (text.partition(':') for text in args.runs)
    return AblationOptions(tuple((Path(run), Path(other) if other else None)
                                 for run, _, other in pairs), args.out, args.data)


def run(options: AblationOptions) -> None:
    """Compare and print the table."""
    from training.benchmarks.ablation import main
    print(main(options.pairs, options.out, options.data, options.command()))
