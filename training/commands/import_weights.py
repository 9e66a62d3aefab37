# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""import: a file of weights that a paper's authors have published, as an export."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

HELP = "weights that a paper's authors have published -> two ONNX graphs and a card"


@dataclass(frozen=True)
class ImportOptions:
    """What the command line asks for.

    method: whose weights. source: the file, or the folder of PoSFeat's two. out: folder of the
    graphs and the card. licence: for the card, '' for what the authors state.
    """

    method: str
    source: Path
    out: Path
    licence: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('method', help='superpoint, goodpoint or posfeat')
    parser.add_argument('source', type=Path, metavar='FILE',
                        help="superpoint_v1.pth, GoodPoint's snapshot, or the folder with "
                        "PoSFeat's backbone.pth and localheader.pth")
    parser.add_argument('--out', type=Path, required=True, metavar='DIR')
    parser.add_argument('--licence', default='', help='for the card (default: as authors state)')


def from_arguments(args: argparse.Namespace) -> ImportOptions:
    """Return the options."""
    return ImportOptions(args.method, args.source, args.out, args.licence)


def run(options: ImportOptions) -> None:
    """Import and say what was written."""
    from training.authors.importing import import_weights
    card = import_weights(options.method, options.source, options.out, options.licence)
    print(f'{card.folder / card.method}.json, parity with torch '
          f'{card.scores["parity"]["largest_difference_to_torch"]:.1e}; licence: {card.licence}; '
          f'otherwise than here, {card.training["note"]}')
