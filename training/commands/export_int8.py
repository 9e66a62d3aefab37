# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""export-int8: weights with h in the int8 form that TensorRT takes."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

HELP = 'weights with h in symmetric int8, as TensorRT takes it'


@dataclass(frozen=True)
class ExportInt8Options:
    """What the command line asks for.

    method: whose weights.
    weights: their folder, '' for the shipped ones.
    out: folder of the files.
    """

    method: str
    weights: str
    out: Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('method')
    parser.add_argument('--weights', default='', metavar='DIR',
                        help='folder of the weights (default: shipped)')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR',
                        help='folder of the new files')


def from_arguments(args: argparse.Namespace) -> ExportInt8Options:
    """Return the options."""
    return ExportInt8Options(args.method, args.weights, args.out)


def run(options: ExportInt8Options) -> None:
    """Write the weights and say where h is."""
    from residual_features_ros.model_card import load_card
    from training.quantise import write_symmetric
    print(write_symmetric(load_card(options.method, options.weights), options.out).path('h_int8'))
