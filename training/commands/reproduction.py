# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""reproduction: saved results to the pages of docs/reproduction and the table of accuracy."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

HELP = "the paper's numbers beside ours, and the table of accuracy"


@dataclass(frozen=True)
class ReproductionOptions:
    """What the command line asks for.

    results: folder of what evaluate and study wrote.
    out: folder of the pages.
    accuracy: a page whose table is written too, None for none.
    """

    results: Path
    out: Path
    accuracy: Path | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('--results', type=Path, default=Path('training/results'),
                        help='folder of what evaluate and study wrote (default: %(default)s)')
    parser.add_argument('--out', type=Path, default=Path('docs/reproduction'),
                        help='folder of the pages (default: %(default)s)')
    parser.add_argument('--accuracy', type=Path,
                        help='write the table of accuracy into this page too')


def from_arguments(args: argparse.Namespace) -> ReproductionOptions:
    """Return the options."""
    return ReproductionOptions(args.results, args.out, args.accuracy)


def run(options: ReproductionOptions) -> None:
    """Write the pages and say from how many results."""
    from training.benchmarks.reports.reproduction import main as write
    print(write(options.results, options.out, options.accuracy))
