# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""engine: weights with engines of TensorRT beside them, built ahead."""
from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from residual_features_ros.config import ExtractorConfig, from_mapping
from residual_features_ros.outputs import refuse_existing
from residual_features_ros.registry import METHODS

if TYPE_CHECKING:
    from residual_features_ros.backends.nvidia.sdk import Sdk
    from residual_features_ros.model_card import ModelCard
    from training.engines import Built
HELP = 'weights, a card or a checkpoint -> engines beside the weights, for TensorRT'
SDKS = ('tensorrt_rtx', 'tensorrt')


@dataclass(frozen=True)
class EngineOptions:
    """What the command line asks for.

    sources: methods with shipped weights, paths of cards, of checkpoints, or any ONNX files.
    backend: of SDKS.
    precision, max_size: those of the node.
    out: folder of weights and engines; None for the folder of each source.
    result: a JSON file of seconds and bytes, None for none.
    """

    sources: tuple[str, ...]
    backend: str
    precision: str
    max_size: int
    out: Path | None
    result: Path | None

    def folder(self, source: str) -> Path:
        """Return the folder of a source's engines."""
        home = Path('exports') / source if source in METHODS else Path(source).parent
        return self.out or home

    def command(self) -> str:
        """Return the command line, with folders left to the reader."""
        names = [source if source in METHODS else Path(source).name for source in self.sources]
        return shlex.join(['python', '-m', 'training', 'engine', *names,
                           '--backend', self.backend, '--precision', self.precision,
                           '--max-size', str(self.max_size), '--out', 'DIR'])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('sources', nargs='+', metavar='METHOD|CHECKPOINT|CARD|ONNX')
    parser.add_argument('--backend', choices=SDKS, default=SDKS[0],
                        help='tensorrt_rtx builds for every GPU and needs none (default), '
                             'tensorrt for the one here')
    parser.add_argument('--precision', choices=('auto', 'int8', 'fp16', 'fp32'), default='auto',
                        help="the node's precision")
    parser.add_argument('--max-size', type=int, default=ExtractorConfig.max_size, metavar='PIXELS',
                        help="the node's max_size")
    parser.add_argument('--out', type=Path, metavar='DIR',
                        help='default: the folder of the source, of a method exports/METHOD')
    parser.add_argument('--result', type=Path, metavar='FILE',
                        help='seconds and bytes of each engine as JSON; the folder must have no '
                             'engines yet, lest they be of another day')


def from_arguments(args: argparse.Namespace) -> EngineOptions:
    """Return the options."""
    return EngineOptions(tuple(args.sources), args.backend, args.precision, args.max_size,
                         args.out, args.result)


def run(options: EngineOptions) -> None:
    """Build the engines and say what each is."""
    from residual_features_ros.backends.nvidia.sdk import RTX, TENSORRT
    from training.engines import save
    if options.result:
        refuse_existing([options.result], '--result')
        refuse_existing(dict.fromkeys(
            file for source in options.sources
            for file in sorted(options.folder(source).glob('*.engine'))))
    sdk = {found.backend: found for found in (RTX, TENSORRT)}[options.backend]
    made = []
    for source in options.sources:
        for built in engines_of(sdk, source, options):
            made.append(built)
            print(f'{built.file}: {built.engine.precision}, '
                  f'{len(built.engine.content) / 1e6:.1f} MB, {built.engine.seconds:.1f} s',
                  flush=True)
    if options.result:
        save(sdk, made, options.command(), options.result)


def engines_of(sdk: Sdk, source: str, options: EngineOptions) -> Iterator[Built]:
    """Yield the engines of one source; errors as build_engines'."""
    from training.engines import build_engines, build_network
    out = options.folder(source)
    if source.endswith('.onnx'):
        yield build_network(sdk, Path(source), options.precision, out)
        return
    card = card_of(source, out)
    config = from_mapping(ExtractorConfig, {
        'method': card.method, 'precision': options.precision, 'max_size': options.max_size})
    yield from build_engines(sdk, card, config, out)


def card_of(source: str, out: Path) -> ModelCard:
    """Return the weights of a source; a checkpoint is exported first, to `out`."""
    from residual_features_ros.model_card import load_card
    if source in METHODS:
        return load_card(source)
    path = Path(source)
    if path.suffix == '.json':
        return load_card(path.stem, path.parent)
    from training.export import export
    return export(path, out, 'as the training data', 'not stated')
