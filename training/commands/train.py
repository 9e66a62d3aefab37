# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""train: a method; goes on where it was stopped."""
from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

HELP = 'train a method; goes on where it was stopped'
MORE = """A run goes on where it was stopped, by the same command. What decides what is learned
cannot be changed meanwhile; how long (steps), where (threads, data.workers) and how often
(validate_every) can.

methods: recipes, of which the first is the default:
"""


@dataclass(frozen=True)
class TrainOptions:
    """What the command line asks for.

    method: its name in the table of methods.
    settings: key=value of the run.
    recipe: '' for the method's first.
    out: the folder of the run.
    restart: begin anew, and move aside what the folder has.
    """

    method: str
    settings: tuple[str, ...]
    recipe: str
    out: Path
    restart: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    from training.methods import known
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = MORE + known()
    parser.add_argument('method', help='for example residual_rootsift_small')
    parser.add_argument('settings', nargs='*', metavar='key=value',
                        help='for example data.images=DIR optim.steps=200')
    parser.add_argument('--recipe', default='',
                        help="default: the method's first; finetune and tune keep the networks "
                        'and the loss of pretrained=')
    parser.add_argument('--out', type=Path, help='default: runs/METHOD')
    parser.add_argument('--restart', action='store_true',
                        help='begin anew; what the folder has is moved aside')


def from_arguments(args: argparse.Namespace) -> TrainOptions:
    """Return the options."""
    return TrainOptions(args.method, tuple(args.settings), args.recipe,
                        args.out or Path('runs') / args.method, args.restart)


def run(options: TrainOptions) -> None:
    """Train and say where the checkpoint is."""
    try:
        from training.recipes import configure
        from training.train import train
        last = options.out / 'last.pt'
        config = configure(options.method, options.recipe, options.settings,
                           Path() if options.restart else last)
        path = train(config, options.out, not options.restart)
    except KeyboardInterrupt as stopped:  # train says more once it has begun
        raise KeyboardInterrupt(str(stopped) or 'stopped before the first step was done; '
                                f'{options.out} is as it was') from None
    if os.environ.get('RANK', '0') == '0':  # of several processes (torchrun) one speaks
        print(path)
