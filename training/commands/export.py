# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""export: a checkpoint to two ONNX graphs and a card."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

HELP = 'checkpoint -> two ONNX graphs and a card'
MATCHER = 'attention'


@dataclass(frozen=True)
class ExportOptions:
    """What the command line asks for.

    checkpoint: what to export.
    out: folder of the files.
    licence, data, note: for the card, see export.export.
    calibrate: folder or pack of photographs for h and f in int8, '' for none.
    """

    checkpoint: Path
    out: Path
    licence: str
    data: str
    note: str
    calibrate: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('checkpoint', type=Path)
    parser.add_argument('--out', type=Path, help="default: the checkpoint's folder")
    parser.add_argument('--licence', default='as the training data')
    parser.add_argument('--data', default='not stated', help='what the weights saw, for the card')
    parser.add_argument('--note', default='', help='for the card: what the run started from')
    parser.add_argument('--calibrate', default='', metavar='DIR',
                        help='folder or pack of photographs: write h and f in int8 too')


def from_arguments(args: argparse.Namespace) -> ExportOptions:
    """Return the options."""
    return ExportOptions(args.checkpoint, args.out or args.checkpoint.parent, args.licence,
                         args.data, args.note, args.calibrate)


def run(options: ExportOptions) -> None:
    """Export and say what was written."""
    from training.data.sources.packed import open_images
    from training.export import export
    from training.runs import open_run
    if open_run(options.checkpoint).config.method == MATCHER:
        run_matcher(options)
        return
    calibration = open_images(options.calibrate, (1, 1)) if options.calibrate else None
    card = export(options.checkpoint, options.out, options.licence, options.data, options.note,
                  calibration)
    int8 = card.scores.get('int8', {})
    cosines = [f'{int8[name]:.4f}' for name in ('cosine_mean', 'row_cosine_mean') if name in int8]
    print(f'{card.folder / card.method}.json, parity with torch '
          f'{card.scores["parity"]["largest_difference_to_torch"]:.1e}'
          + (f', cosine of int8 {" and ".join(cosines)}' if cosines else ''))


def run_matcher(options: ExportOptions) -> None:
    """Export a matcher and say what was written; ConfigError for what it has no use for."""
    from residual_features_ros.attention import CARD
    from residual_features_ros.errors import ConfigError
    from training.methods.attention.export import export_matcher
    if options.calibrate:
        raise ConfigError(f'{MATCHER}: its int8 form needs no photographs, leave out --calibrate')
    card = export_matcher(options.checkpoint, options.out, options.licence, options.data,
                          options.note)
    print(f'{card.folder / CARD}, parity with torch '
          f'{card.scores["parity"]["largest_difference_to_torch"]:.1e}, '
          f'{card.scores["int8"]["same_matches"]:.1%} of matches the same in int8')
