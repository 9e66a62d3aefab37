# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""free-photographs: unpacked packages of software to stills that anyone may train on."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

HELP = 'photographs with free licences, out of packages -> stills to train on'


@dataclass(frozen=True)
class FreePhotographsOptions:
    """What the command line asks for.

    packages: the folder with an unpacked package in each folder PACKAGE.
    out: for the stills.
    longest: side of stills in pixels.    least: of a tile before it is shrunk.
    cover: share of a tile that corners must cover.
    """

    packages: Path
    out: Path
    longest: int
    least: int
    cover: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('packages', type=Path,
                        help='the folder with an unpacked package in each folder of its name')
    parser.add_argument('--out', type=Path, required=True, help='for the stills')
    parser.add_argument('--longest', type=int, default=640,
                        help='side of stills in pixels (default: %(default)s)')
    parser.add_argument('--least', type=int, default=480, help='longest side of a tile in pixels, '
                        'before it is shrunk (default: %(default)s)')
    parser.add_argument('--cover', type=float, default=0.6, help='share of a tile that corners '
                        'must cover (default: %(default)s)')


def from_arguments(args: argparse.Namespace) -> FreePhotographsOptions:
    """Return the options; ValueError for sizes that are none."""
    if min(args.longest, args.least) < 1 or not 0 <= args.cover <= 1:
        raise ValueError('--longest and --least are at least 1 pixel, --cover 0 to 1')
    return FreePhotographsOptions(args.packages, args.out, args.longest, args.least, args.cover)


def run(options: FreePhotographsOptions) -> None:
    """Write the stills and say how many came of which package."""
    from training.free_photographs.catalogue import read_catalogue
    from training.free_photographs.stills import write_stills
    counts = write_stills(read_catalogue(), options.packages, options.out, options.longest,
                          options.least, options.cover)
    for package, count in counts.items():
        print(f'{package}: {count} stills')
    print(f'{options.out}: {sum(counts.values())} stills; licences.json says whose')
