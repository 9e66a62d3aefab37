# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""export: a checkpoint to two ONNX graphs and a card, or a whole front end to one graph."""
from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from residual_features_ros.config import (
    ExtractorConfig,
    from_mapping,
    method_and_folder,
    read_settings,
)
from residual_features_ros.errors import ConfigError
from training.whole.loaders import LOADERS, refuse

HELP = 'checkpoint -> two ONNX graphs and a card; --whole METHOD -> its front end as one graph'
MATCHER = 'attention'


@dataclass(frozen=True)
class ExportOptions:
    """What the command line asks for.

    checkpoint: what to export.
    out: folder of the files.
    licence, data, note: for the card, see export.export.
    sources: the licences.json of the stills that the run saw, None where there is none.
    calibrate: folder or pack of photographs for h and f in int8, '' for none.
    """

    checkpoint: Path
    out: Path
    licence: str
    data: str
    note: str
    sources: Path | None
    calibrate: str


@dataclass(frozen=True)
class WholeOptions:
    """What the command line asks for of a whole front end.

    source: a method with shipped weights, or the path of a card.
    out: folder of the files.
    size: (width, height) of images.
    channels: 1 or 3.
    config: the settings of the front end.
    loader: for which it is written besides, a key of whole.loaders.LOADERS; '' for none.
    """

    source: str
    out: Path
    size: tuple[int, int]
    channels: int
    config: ExtractorConfig
    loader: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('checkpoint', type=Path, nargs='?')
    parser.add_argument('--out', type=Path,
                        help="default: the checkpoint's folder, with --whole exports/METHOD")
    parser.add_argument('--licence', default='as the training data')
    parser.add_argument('--data', default='not stated', help='what the weights saw, for the card')
    parser.add_argument('--note', default='', help='for the card: what the run started from')
    parser.add_argument('--sources', type=Path, metavar='FILE', help='licences.json of '
                        'free-photographs: whose photographs they are, for the card')
    parser.add_argument('--calibrate', default='', metavar='DIR',
                        help='folder or pack of photographs: write h and f in int8 too')
    whole = parser.add_argument_group('a whole front end as one network')
    whole.add_argument('--whole', metavar='METHOD|CARD', default='',
                       help='image -> keypoints and descriptors, of shipped weights or a card')
    whole.add_argument('--size', default='640x480', metavar='WxH', help='of the images')
    whole.add_argument('--keypoints', type=int, default=1000, help='most of an image')
    whole.add_argument('--grey', action='store_true', help='of grey images, instead of RGB')
    whole.add_argument('--for', dest='loader', choices=sorted(LOADERS), default='',
                       help='write it besides as this project takes it, docs/onnx-back-ends.md')
    whole.add_argument('--set', action='append', default=[], metavar='key=value',
                       help='settings of the extractor, such as hessian_first_octave=1')


def from_arguments(args: argparse.Namespace) -> ExportOptions | WholeOptions:
    """Return the options; ConfigError unless there is either a checkpoint or --whole."""
    if bool(args.whole) == bool(args.checkpoint):
        raise ConfigError('export takes a checkpoint, or --whole METHOD')
    if args.whole:
        return whole_options(args.whole, args.size, args.out, 1 if args.grey else 3, args.loader,
                             args.keypoints, args.set)
    if args.loader:
        raise ConfigError(f'--for {args.loader}: only a whole front end is written for it, add '
                          '--whole METHOD')
    return ExportOptions(args.checkpoint, args.out or args.checkpoint.parent, args.licence,
                         args.data, args.note, args.sources, args.calibrate)


def whole_options(source: str, size: str, out: Path | None, channels: int, loader: str,
                  keypoints: int, words: Sequence[str]) -> WholeOptions:
    """Return those of a whole front end; ConfigError for settings that it cannot have."""
    method, _ = method_and_folder(source)
    width, times, height = size.partition('x')
    if not (times and width.isdigit() and height.isdigit()):
        raise ConfigError(f'--size {size}: expected WIDTHxHEIGHT, 640x480 for example')
    extractor, matcher = read_settings(words)
    if matcher:
        raise ConfigError(f'--set {next(iter(matcher))}: a front end has no matcher')
    values: dict[str, Any] = {**extractor, 'method': method, 'max_keypoints': keypoints}
    return WholeOptions(source, out or Path('exports') / method, (int(width), int(height)),
                        channels, from_mapping(ExtractorConfig, values), loader)


def run(options: ExportOptions | WholeOptions) -> None:
    """Export and say what was written."""
    if isinstance(options, WholeOptions):
        run_whole(options)
        return
    from training.data.sources.packed import open_images
    from training.export import export
    from training.free_photographs.attribution import read_manifest
    from training.runs import open_run
    if open_run(options.checkpoint).config.method == MATCHER:
        run_matcher(options)
        return
    calibration = open_images(options.calibrate, (1, 1)) if options.calibrate else None
    card = export(options.checkpoint, options.out, options.licence, options.data, options.note,
                  calibration, read_manifest(options.sources) if options.sources else ())
    int8 = card.scores.get('int8', {})
    cosines = [f'{int8[name]:.4f}' for name in ('cosine_mean', 'row_cosine_mean') if name in int8]
    print(f'{card.folder / card.method}.json, parity with torch '
          f'{card.scores["parity"]["largest_difference_to_torch"]:.1e}'
          + (f', cosine of int8 {" and ".join(cosines)}' if cosines else ''))


def run_whole(options: WholeOptions) -> None:
    """Export a whole front end and say what was written.

    One that was made before is taken as it is where it is to be written for a loader.
    """
    from residual_features_ros.model_card import load_named_card
    from training.whole.export import export_whole, made_before
    wanted = options.source, options.out, options.size, options.config, options.channels
    method = load_named_card(options.source)
    if options.loader:
        refuse(options.loader, options.size, options.channels, method.bits)
    card = made_before(*wanted) if options.loader else None
    if card:
        print(f'{card.folder / card.name}.onnx: made before')
    else:
        card = export_whole(*wanted)
        parity = card.scores['parity']
        print(f'{card.folder / card.name}.onnx: {parity["near"]:.1%} of the keypoints are those '
              f'of the runtime, cosine {parity["cosine"]:.5f}')
    if not options.loader:
        return
    from training.whole.colmap_matcher import min_cossim
    from training.whole.portable import write_for
    for path in write_for(options.loader, card):
        print(path)
    least = min_cossim(method)
    if options.loader == 'colmap' and least is not None:
        print(f'--AlikedMatching.brute_force_min_cossim {least:.3f} is up to where rows of '
              f'{card.method} match')


def run_matcher(options: ExportOptions) -> None:
    """Export a matcher and say what was written; ConfigError for what it has no use for."""
    from residual_features_ros.attention import CARD
    from training.methods.attention.export import export_matcher
    if options.calibrate:
        raise ConfigError(f'{MATCHER}: its int8 form needs no photographs, leave out --calibrate')
    if options.sources:
        raise ConfigError(f'{MATCHER}: its card has no sources, leave out --sources')
    card = export_matcher(options.checkpoint, options.out, options.licence, options.data,
                          options.note)
    print(f'{card.folder / CARD}, parity with torch '
          f'{card.scores["parity"]["largest_difference_to_torch"]:.1e}, '
          f'{card.scores["int8"]["same_matches"]:.1%} of matches the same in int8')
