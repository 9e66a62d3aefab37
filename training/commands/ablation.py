# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ablation: validated runs that differ in one thing, compared pair by pair, or seeds."""
from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass
from pathlib import Path

HELP = 'what each part brings: validated runs with sign tests, or results of several seeds'
RESULT = '.json'


@dataclass(frozen=True)
class AblationOptions:
    """What the command line asks for.

    pairs: folders of runs, and of those that they are compared with.
    results: of evaluate, one for each seed; either these or pairs.
    out: the JSON.
    data: how the runs were trained, for the results.
    """

    pairs: tuple[tuple[Path, Path | None], ...]
    results: tuple[Path, ...]
    out: Path
    data: str

    def command(self) -> str:
        """Return the command line, with folders left to the reader."""
        runs = [f'RUNS/{run.name}' + (f':RUNS/{other.name}' if other else '')
                for run, other in self.pairs]
        runs += [f'RESULTS/{path.name}' for path in self.results]
        return shlex.join(['python', '-m', 'training', 'ablation', *runs, '--out', 'FILE'])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('runs', nargs='+', metavar='DIR[:DIR]|FILE.json',
                        help='folder with validation.json, and config.json where it was trained '
                             'for this; behind a colon the one that it is compared with. Or what '
                             'evaluate wrote for the weights of a seed, a file for each seed: '
                             'means and ranges of all methods in them')
    parser.add_argument('--out', type=Path, required=True, metavar='FILE', help='JSON to write')
    parser.add_argument('--data', default='not stated',
                        help='how the runs, or seeds, were trained')


def from_arguments(args: argparse.Namespace) -> AblationOptions:
    """Return the options; ValueError where runs and results are mixed."""
    results = tuple(Path(text) for text in args.runs if text.endswith(RESULT))
    if results and len(results) < len(args.runs):
        raise ValueError('an ablation is of folders of runs or of results (*.json), not of both')
    pairs = () if results else tuple(text.partition(':') for text in args.runs)
    return AblationOptions(tuple((Path(run), Path(other) if other else None)
                                 for run, _, other in pairs), results, args.out, args.data)


def run(options: AblationOptions) -> None:
    """Compare and print the table."""
    from training.benchmarks import ablation, seeds
    command = options.command()
    if options.results:
        print(seeds.main(options.results, options.out, options.data, command))
    else:
        print(ablation.main(options.pairs, options.out, options.data, command))
