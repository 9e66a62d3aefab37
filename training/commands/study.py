# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""study: three runs of one budget for each seed, with and without fusion."""
from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass
from pathlib import Path

from training.arguments import words

HELP = 'does fusion converge faster? three runs for each seed, one plot'
HIDDEN = {'data.images': 'DIR', 'data.cache': 'CACHE'}  # settings that are paths


@dataclass(frozen=True)
class StudyOptions:
    """What the command line asks for.

    settings: key=value of the runs.
    method: the fused one.
    recipe: of all runs.
    seeds: of the runs.
    out: the folder of study.json and study.png.
    data: what the photographs are, for the results.
    """

    settings: tuple[str, ...]
    method: str
    recipe: str
    seeds: tuple[int, ...]
    out: Path
    data: str

    def command(self) -> str:
        """Return the command line, with folders left to the reader."""
        pairs = (text.partition('=') for text in self.settings)
        settings = [f'{name}={HIDDEN.get(name, value)}' for name, _, value in pairs]
        return shlex.join(['python', '-m', 'training', 'study', '--method', self.method,
                           '--recipe', self.recipe, '--seeds', ','.join(map(str, self.seeds)),
                           '--out', 'OUT', '--data', self.data, *settings])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('settings', nargs='*', metavar='key=value', help='as for train')
    parser.add_argument('--method', default='residual_sift',
                        help='the fused one (default: %(default)s)')
    parser.add_argument('--recipe', default='paper',
                        help='of all runs (default: %(default)s)')
    parser.add_argument('--seeds', type=words, default='0,1,2', metavar='N,N',
                        help='each of three runs (default: %(default)s)')
    parser.add_argument('--out', type=Path, required=True,
                        help='folder of study.json, study.png and the runs RUN-SEED (fused-0, '
                        'no_fusion-0, superpoint-0, ...); those that are there are read, or go on '
                        'where steps are missing')
    parser.add_argument('--data', default='not stated',
                        help='what the photographs are, for the results')


def from_arguments(args: argparse.Namespace) -> StudyOptions:
    """Return the options; ValueError for a seed among the settings, or that is no number."""
    if any(text.startswith('seed=') for text in args.settings):
        raise ValueError('the seeds of a study are those of --seeds, not of seed=')
    try:
        seeds = tuple(dict.fromkeys(int(seed) for seed in args.seeds))
    except ValueError:
        raise ValueError(f'--seeds are whole numbers, got {",".join(args.seeds)}') from None
    return StudyOptions(tuple(args.settings), args.method, args.recipe, seeds, args.out,
                        args.data)


def run(options: StudyOptions) -> None:
    """Train the runs of the study and print what each reached, and when."""
    from training.config import override
    from training.methods.residual.recipe import create
    from training.study import study
    config = override(create(options.method, options.recipe), options.settings)
    print(study(config, options.seeds, options.out, options.command(), options.data))
