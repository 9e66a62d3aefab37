# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""front-end-speed: split, whole and torch, for the images of one to several cameras."""
from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from residual_features_ros.config import ExtractorConfig, from_mapping, method_and_folder
from residual_features_ros.outputs import refuse_existing
from training.arguments import image_size, words

HELP = 'time the front end, split and whole, for the images of several cameras'


@dataclass(frozen=True)
class SpeedOptions:
    """What the command line asks for.

    source: a method with shipped weights, or the path of a card.
    config: the extractor's settings, with the backends to run in.
    sizes: (width, height) of images.
    cameras: how many give an image at once.
    images: folder of images, None for made ones.
    folder: of whole networks, which are made where they are missing; None for one that goes.
    runs: timed calls.
    out: a JSON file, None for none.
    """

    source: str
    config: ExtractorConfig
    sizes: tuple[tuple[int, int], ...]
    cameras: tuple[int, ...]
    images: Path | None
    folder: Path | None
    runs: int
    out: Path | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('method', metavar='METHOD|CARD')
    parser.add_argument('--backend', type=words, default='onnxruntime', metavar='A,B',
                        help='the first that works is used (default: %(default)s)')
    parser.add_argument('--sizes', type=words, default='640x480,320x240', metavar='WxH,WxH',
                        help='of images (default: %(default)s)')
    parser.add_argument('--cameras', type=words, default='1,2,4,8', metavar='N,N',
                        help='that give an image at once (default: %(default)s)')
    parser.add_argument('--keypoints', type=int, default=1000, help='most of an image')
    parser.add_argument('--images', type=Path, metavar='DIR', help='default: made ones')
    parser.add_argument('--folder', type=Path, metavar='DIR',
                        help='of whole networks, which are made where it has none; default: one '
                        'that is removed afterwards')
    parser.add_argument('--runs', type=int, default=50, help='timed calls (default: %(default)s)')
    parser.add_argument('--out', type=Path, metavar='FILE', help='write the results as JSON')


def from_arguments(args: argparse.Namespace) -> SpeedOptions:
    """Return the options; ConfigError for settings that there are not."""
    method, _ = method_and_folder(args.method)
    config = from_mapping(ExtractorConfig, {
        'method': method, 'max_keypoints': args.keypoints, 'backend': args.backend})
    return SpeedOptions(args.method, config, tuple(map(image_size, args.sizes)),
                        tuple(map(int, args.cameras)), args.images, args.folder, args.runs,
                        args.out)


def run(options: SpeedOptions) -> None:
    """Time, print the table, and write it where a file is named."""
    if options.out:
        refuse_existing([options.out])
    with tempfile.TemporaryDirectory() as folder:
        measure_all(options, options.folder or Path(folder))


def measure_all(options: SpeedOptions, folder: Path) -> None:
    """Do it with the whole networks of a folder."""
    from residual_features_ros.environment import environment
    from training.front_end_speed import camera_images, measure, shares
    timings, costs = [], {}
    print(f'{"form":8}{"size":>10}{"cameras":>9}{"ms":>9}{"ms each":>9}{"core-ms":>9}{"fps":>8}'
          '  runs on')
    for size in options.sizes:
        for cameras in options.cameras:
            images = camera_images(options.images, size, cameras)
            found, work = measure(options.config, options.source, folder, images, options.runs)
            width, height = size
            for each in found:
                print(f'{each.form:8}{f"{width}x{height}":>10}{cameras:9}{each.ms:9.2f}'
                      f'{each.ms / cameras:9.2f}{each.core_ms:9.1f}{each.fps:8.1f}'
                      f'  {each.runs_on}', flush=True)
                timings.append({**asdict(each), 'fps': each.fps,
                                **shares(work, each.ms, each.runs_on)})
            costs[f'{width}x{height}, {cameras}'] = work
    if options.out:
        options.out.write_text(json.dumps({
            'command': command(options), 'environment': environment(), 'cost': costs,
            'timings': timings}, indent=1) + '\n', encoding='utf-8')


def command(options: SpeedOptions) -> str:
    """Return the command line, with folders left to the reader."""
    sizes = ','.join(f'{width}x{height}' for width, height in options.sizes)
    return (f'python -m training front-end-speed {options.config.method} '
            f'--backend {",".join(options.config.backend)} --sizes {sizes} '
            f'--cameras {",".join(map(str, options.cameras))} '
            f'--keypoints {options.config.max_keypoints} --runs {options.runs}'
            + (' --images DIR' if options.images else ''))
