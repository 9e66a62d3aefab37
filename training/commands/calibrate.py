# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""calibrate: how likely matches of a method are right, and up to where its descriptors match."""
from __future__ import annotations

import argparse
from pathlib import Path

from residual_features_ros.config import method_and_folder
from residual_features_ros.errors import unknown
from residual_features_ros.outputs import refuse_existing
from residual_features_ros.registry import METHODS
from training.arguments import image_size
from training.calibration.options import CalibrateOptions

HELP = 'fit the confidence of matches and the thresholds, and write them on the card'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('methods', nargs='+', metavar='METHOD|CARD',
                        help='names of the registry, or cards (FOLDER/<method>.json)')
    parser.add_argument('--images', type=Path, required=True, metavar='DIR',
                        help='photographs; those that training holds out are taken, one half to '
                        'fit, the other to measure')
    parser.add_argument('--exposure', type=Path, metavar='DIR',
                        help='pairs NNN/1.* and NNN/2.* of one view in other light: the first '
                        'half, by name, to fit, the second to measure')
    parser.add_argument('--out', type=Path, metavar='FILE',
                        help='card whose weights are measured and which is written, or JSON of '
                        'methods without networks (default: where the runtime reads them)')
    parser.add_argument('--plot', type=Path, metavar='PICTURE', help='reliability diagram')
    parser.add_argument('--threshold-plot', type=Path, metavar='PICTURE',
                        help='histograms of right and wrong neighbours, and the thresholds')
    parser.add_argument('--result', type=Path, metavar='FILE', help='all numbers as JSON')
    parser.add_argument('--pairs', type=int, default=CalibrateOptions.pairs, metavar='N',
                        help='of photographs to fit, and as many to measure '
                        '(default: %(default)s)')
    parser.add_argument('--size', type=image_size, default='640x480', metavar='WxH',
                        help='of the views (default: %(default)s)')
    parser.add_argument('--max-keypoints', type=int, default=CalibrateOptions.max_keypoints,
                        metavar='N', help='of a view (default: %(default)s)')
    parser.add_argument('--keep-confidence', action='store_true',
                        help='fit the thresholds alone; the confidence stays as it is')


def from_arguments(args: argparse.Namespace) -> CalibrateOptions:
    """Return the options; ValueError for values that cannot be had."""
    methods = dict(map(named, args.methods))
    if args.out and len(methods) > 1:
        raise ValueError('--out is the file of one method, and several are given')
    if args.out:
        (method, folder), = methods.items()
        if METHODS[method].network and not folder:
            methods[method] = str(args.out.parent)
    if args.plot and args.keep_confidence:
        raise ValueError('--plot is of the confidence, which --keep-confidence does not fit')
    if args.pairs < 1:
        raise ValueError(f'--pairs must be 1 or more, got {args.pairs}')
    refuse_existing([args.plot] if args.plot else [], '--plot')
    refuse_existing([args.threshold_plot] if args.threshold_plot else [], '--threshold-plot')
    refuse_existing([args.result] if args.result else [], '--result')
    return CalibrateOptions(methods, args.images, args.exposure, args.out, args.plot, args.result,
                            args.pairs, args.size, args.max_keypoints, args.threshold_plot,
                            args.keep_confidence)


def named(word: str) -> tuple[str, str]:
    """Return the method and the folder of its weights for METHOD or FOLDER/<method>.json."""
    method, folder = method_and_folder(word)
    if method not in METHODS:
        raise unknown('method', method, METHODS)
    return method, folder


def run(options: CalibrateOptions) -> None:
    """Fit, write, and print how reliable the confidences are, and what the thresholds keep."""
    from training.calibration.run import main as calibrate
    print(calibrate(options))
