# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""pack: a folder of photographs to one small file."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from training.arguments import image_size

HELP = 'folder of photographs -> one small file'


@dataclass(frozen=True)
class PackOptions:
    """What the command line asks for.

    folder: of photographs.
    out: the file that data.images takes.
    size: (width, height) in pixels of the largest views to train on.
    margin: pictures cover size * margin where they can.
    quality: of the JPEG files.
    """

    folder: Path
    out: Path
    size: tuple[int, int]
    margin: float
    quality: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('folder', type=Path)
    parser.add_argument('--size', type=image_size, default='320x240',
                        help='width x height of the largest views to train on '
                        '(default: %(default)s)')
    parser.add_argument('--margin', type=float, default=1.25,
                        help='pictures cover size * margin where they can (default: %(default)s)')
    parser.add_argument('--quality', type=int, default=50,
                        help='of the JPEG files (default: %(default)s)')
    parser.add_argument('--out', type=Path, required=True, help='the file that data.images takes')


def from_arguments(args: argparse.Namespace) -> PackOptions:
    """Return the options."""
    return PackOptions(args.folder, args.out, args.size, args.margin, args.quality)


def run(options: PackOptions) -> None:
    """Pack and say how many photographs are in how many bytes."""
    from training.data.sources.packed import write_pack
    pack = write_pack(options.folder, options.out, options.size, options.margin, options.quality)
    print(f'{pack.path}: {len(pack.names)} photographs, {pack.path.stat().st_size / 1e6:.1f} MB')
