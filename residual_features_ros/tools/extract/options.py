# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The options of extract."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from residual_features_ros.tools import method_options
from residual_features_ros.tools.arguments import select
from residual_features_ros.tools.method_options import (
    DEFAULT_METHOD,
    DEFAULT_OPTIONS,
    MethodOptions,
)

HELP = 'images to an HDF5 file as hloc reads it'
DESCRIPTION = (
    'Write one group per image, named by its path relative to --root: keypoints (N, 2) float32 '
    'with (0, 0) at the centre of the top-left pixel as hloc has it, descriptors (D, N), scores '
    '(N,), image_size (width, height). Images that the file already has are skipped; those that '
    'cannot be read are named, and the exit code is then 1. A run that was killed leaves a file '
    'that can be read, and beside it FILE.h5.parts, which the next run takes over.')


@dataclass(frozen=True)
class ExtractOptions:
    """What is extracted, how and where to.

    images: files and folders.    out: HDF5 file.
    root: names are relative to it, None = the folder that all images share.
    overwrite: replace an existing file.    float32: descriptors so, else float16.
    """

    images: tuple[str, ...]
    out: Path
    method: str = DEFAULT_METHOD
    method_options: MethodOptions = DEFAULT_OPTIONS
    root: Path | None = None
    overwrite: bool = False
    float32: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument('images', nargs='+', metavar='IMAGE|DIR')
    parser.add_argument('--out', type=Path, required=True, metavar='FILE.h5')
    parser.add_argument('--root', type=Path, metavar='DIR',
                        help='names are relative to it (default: the folder that all share)')
    parser.add_argument('--overwrite', action='store_true', help='replace an existing file')
    parser.add_argument('--float32', action='store_true',
                        help='descriptors as float32 (default: float16, as hloc)')
    method_options.add_method(parser)
    method_options.add_arguments(parser)


def from_arguments(arguments: argparse.Namespace) -> ExtractOptions:
    """Return the options of the parsed words; ConfigError for a wrong setting."""
    options = select(ExtractOptions, vars(arguments), images=tuple(arguments.images),
                     method_options=method_options.from_arguments(arguments))
    options.method_options.configs(options.method)
    return options
