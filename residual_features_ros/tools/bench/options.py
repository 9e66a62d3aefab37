# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What all kinds of bench take, and what those that compare methods take."""
from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from residual_features_ros.config import split_method
from residual_features_ros.errors import CommandError
from residual_features_ros.outputs import refuse_existing
from residual_features_ros.registry import METHODS
from residual_features_ros.tools import method_options
from residual_features_ros.tools.arguments import count, pixels, select, unique_words
from residual_features_ros.tools.method_options import DEFAULT_OPTIONS, MethodOptions

OPENCV_SIFT = 'opencv_sift'  # cv2.SIFT and nothing around it, beside the methods of the registry
SIZE = (640, 480)


@dataclass(frozen=True)
class ComparedOptions:
    """Which methods take turns, and on which images.

    methods: names of the registry, and OPENCV_SIFT.    reference: ratios are against it.
    images: folder of frames in the order of their names, '' = a crop that moves over photographs.
    size: (width, height) of the frames.
    repeat: rounds over the frames, or frames of each photograph.
    threads: of OpenCV and the network runtime, None = their own choice.
    out: file of figures and all times, None = none.
    """

    methods: tuple[str, ...]
    reference: str
    method_options: MethodOptions = DEFAULT_OPTIONS
    images: str = ''
    size: tuple[int, int] = SIZE
    repeat: int = 10
    threads: int | None = None
    out: Path | None = None


def add_shared_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that every kind of bench takes."""
    parser.add_argument('--methods', type=unique_words, default=(), metavar='A,B,C')
    parser.add_argument('--size', type=pixels, default=SIZE, metavar='WxH',
                        help='images are scaled and cropped to it (default: 640x480)')
    parser.add_argument('--images', default='', metavar='DIR',
                        help='frames of a camera in the order of their names (default: a crop '
                             'that moves over the photographs of the scikit-learn package)')
    parser.add_argument('--threads', type=count, metavar='N',
                        help='of OpenCV and the network runtime (default: their own choice)')
    parser.add_argument('--out', type=Path, metavar='FILE',
                        help='write figures and all times as JSON; with --scaling or --node a '
                             'plot beside it')
    method_options.add_arguments(parser)


def add_brief(parser: argparse.ArgumentParser) -> None:
    """Add the option that makes the file small enough to be kept."""
    parser.add_argument('--brief', action='store_true', help='leave single times out of --out')


def refuse_out(out: Path | None, plotted: bool) -> None:
    """Raise where --out, or the plot beside it, is there already or is the plot itself."""
    if out and plotted and out.suffix == '.png':
        raise CommandError(f'--out {out} takes JSON; the plot is written beside it as .png')
    if out:
        refuse_existing([out, *([out.with_suffix('.png')] if plotted else [])])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of a bench that compares methods."""
    add_shared_arguments(parser)
    parser.add_argument('--repeat', type=count, default=ComparedOptions.repeat,
                        help='rounds over the frames, or frames of each photograph '
                             '(default: %(default)s)')
    parser.add_argument('--reference', metavar='METHOD',
                        help='ratios are against it (default: opencv_sift, which is cv2.SIFT and '
                             'nothing around it, where a method has the rows of SIFT, else the '
                             'first)')


def from_arguments(arguments: argparse.Namespace) -> ComparedOptions:
    """Return the options; CommandError for methods that cannot be compared, ConfigError."""
    methods = arguments.methods
    reference = arguments.reference or default_reference(methods)
    if reference == OPENCV_SIFT and OPENCV_SIFT not in methods:
        methods = (OPENCV_SIFT, *methods)
    if reference not in methods:
        raise CommandError(f'--reference {reference} is not among --methods {",".join(methods)}')
    options = select(
        ComparedOptions, vars(arguments), methods=methods, reference=reference,
        method_options=method_options.from_arguments(arguments).with_threads(arguments.threads))
    for method in methods:
        options.method_options.configs('sift' if method == OPENCV_SIFT else method)
    return options


def default_reference(methods: Sequence[str]) -> str:
    """Return OpenCV's own SIFT where a method has SIFT's rows, else the first method."""
    if not methods:
        raise CommandError('--methods names no method')
    from residual_features_ros.keypoints.table import (  # OpenCV: not needed for --help
        DETECTORS,
        SIFT_PATCH,
    )
    known = [split_method(method)[0] for method in methods if method != OPENCV_SIFT]
    detectors = [METHODS[method].detector for method in known if method in METHODS]
    has_rows = any(DETECTORS[name].patch_diameters == SIFT_PATCH for name in detectors if name)
    return OPENCV_SIFT if has_rows else methods[0]
