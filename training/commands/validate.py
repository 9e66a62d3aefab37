# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""validate: the trainer's own validation of checkpoints, once more."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from residual_features_ros.outputs import refuse_existing

HELP = "the trainer's own validation of checkpoints, once more and with all scores of today"


@dataclass(frozen=True)
class ValidateOptions:
    """What the command line asks for.

    runs: checkpoints.
    settings: key=value of all of them.
    out: a JSON file, None for none.
    data: what the photographs are, for it.
    """

    runs: tuple[Path, ...]
    settings: tuple[str, ...]
    out: Path | None
    data: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('settings', nargs='+', metavar='CHECKPOINT|key=value',
                        help='for example runs/a/last.pt data.images=DIR')
    parser.add_argument('--out', type=Path, metavar='FILE', help='write all as JSON')
    parser.add_argument('--data', default='not stated', help='what the photographs are')


def from_arguments(args: argparse.Namespace) -> ValidateOptions:
    """Return the options; ValueError without a checkpoint."""
    settings = tuple(word for word in args.settings if '=' in word)
    runs = tuple(Path(word) for word in args.settings if '=' not in word)
    if not runs:
        raise ValueError('no checkpoint to validate')
    if args.out:
        refuse_existing([args.out])
    return ValidateOptions(runs, settings, args.out, args.data)


def run(options: ValidateOptions) -> None:
    """Validate and print the scores."""
    from training.validate import main
    print(main(options.runs, options.settings, options.out, options.data))
