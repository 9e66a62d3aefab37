# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""engine: weights with engines of TensorRT beside them, built ahead."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from residual_features_ros.config import ExtractorConfig, from_mapping
from residual_features_ros.registry import METHODS

if TYPE_CHECKING:
    from residual_features_ros.model_card import ModelCard
HELP = 'weights, a card or a checkpoint -> engines beside the weights, for TensorRT'
SDKS = ('tensorrt_rtx', 'tensorrt')


@dataclass(frozen=True)
class EngineOptions:
    """What the command line asks for.

    source: a method with shipped weights, the path of a card or of a checkpoint, or any ONNX file.
    backend: of SDKS.
    precision, max_size: those of the node.
    out: folder of weights and engines.
    """

    source: str
    backend: str
    precision: str
    max_size: int
    out: Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('source', metavar='METHOD|CHECKPOINT|CARD|ONNX')
    parser.add_argument('--backend', choices=SDKS, default=SDKS[0],
                        help='tensorrt_rtx builds for every GPU and needs none (default), '
                             'tensorrt for the one here')
    parser.add_argument('--precision', choices=('auto', 'int8', 'fp16', 'fp32'), default='auto',
                        help="the node's precision")
    parser.add_argument('--max-size', type=int, default=ExtractorConfig.max_size, metavar='PIXELS',
                        help="the node's max_size")
    parser.add_argument('--out', type=Path, metavar='DIR',
                        help='default: the folder of the source, of a method exports/METHOD')


def from_arguments(args: argparse.Namespace) -> EngineOptions:
    """Return the options."""
    home = Path('exports') / args.source if args.source in METHODS else Path(args.source).parent
    return EngineOptions(args.source, args.backend, args.precision, args.max_size,
                         args.out or home)


def run(options: EngineOptions) -> None:
    """Build the engines and say what each is."""
    from residual_features_ros.backends import ANY_INPUTS
    from residual_features_ros.backends.nvidia.ahead import build_ahead
    from residual_features_ros.backends.nvidia.sdk import RTX, TENSORRT
    from training.engines import build_engines
    sdk = {found.backend: found for found in (RTX, TENSORRT)}[options.backend]
    if options.source.endswith('.onnx'):
        made = iter([build_ahead(sdk, Path(options.source), options.precision, ANY_INPUTS,
                                 options.out)])
    else:
        card = card_of(options)
        config = from_mapping(ExtractorConfig, {
            'method': card.method, 'precision': options.precision, 'max_size': options.max_size})
        made = build_engines(sdk, card, config, options.out)
    for file, engine in made:
        print(f'{file}: {engine.precision}, {len(engine.content) / 1e6:.1f} MB, '
              f'{engine.seconds:.1f} s')


def card_of(options: EngineOptions) -> ModelCard:
    """Return the weights of a source; a checkpoint is exported first."""
    from residual_features_ros.model_card import load_card
    if options.source in METHODS:
        return load_card(options.source)
    path = Path(options.source)
    if path.suffix == '.json':
        return load_card(path.stem, path.parent)
    from training.export import export
    return export(path, options.out, 'as the training data', 'not stated')
