# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""export-colmap: features and matches of a posed scene as files for COLMAP and hloc."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from training.benchmarks.protocol import Protocol
from training.benchmarks.ratios import RATIO

HELP = "a posed scene's features and matches for COLMAP and hloc"


@dataclass(frozen=True)
class ExportColmapOptions:
    """What the command line asks for.

    root: one posed scene.
    protocol: one method and how it runs; images are shrunk to fit into its size.
    ratio: largest of best to second best distance, 1 is off.
    database: COLMAP's, a new file, None for none.
    hloc: folder of features.h5, matches.h5 and pairs.txt, new ones, None for none.
    """

    root: Path
    protocol: Protocol
    ratio: float
    database: Path | None
    hloc: Path | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('--root', type=Path, required=True, help='one posed scene')
    Protocol.add_arguments(parser, 'residual_rootsift_small')
    Protocol.add_limits(parser, '2048x2048', 4096)
    parser.add_argument('--ratio', type=float, default=RATIO,
                        help='largest of best to second best distance, 1 is off '
                        '(default: %(default)s)')
    parser.add_argument('--database', type=Path, metavar='FILE', help="COLMAP's, a new one")
    parser.add_argument('--hloc', type=Path, metavar='DIR',
                        help='features.h5, matches.h5 and pairs.txt, new ones')


def from_arguments(args: argparse.Namespace) -> ExportColmapOptions:
    """Return the options; ValueError for a setting that there is not."""
    return ExportColmapOptions(args.root, Protocol.from_arguments(args), args.ratio,
                               args.database, args.hloc)


def run(options: ExportColmapOptions) -> None:
    """Write what COLMAP and hloc read and say where."""
    from training.benchmarks.export_colmap import main as write
    print(write(options.root, options.protocol, options.ratio, options.database, options.hloc))
