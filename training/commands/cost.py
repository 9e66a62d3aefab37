# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""cost: parameters, multiply-adds and time of networks, without weights."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from training.arguments import image_size, words

HELP = 'parameters, multiply-adds and time of networks, beside each other; needs no weights'


@dataclass(frozen=True)
class CostOptions:
    """What the command line asks for.

    methods: METHOD or METHOD:RECIPE.
    size: (width, height) of an image in pixels.
    keypoints: of an image.
    threads: of the runtime.
    runs: timed runs.
    out: the JSON, None for none.
    """

    methods: tuple[str, ...]
    size: tuple[int, int]
    keypoints: int
    threads: int
    runs: int
    out: Path | None

    def command(self) -> str:
        """Return the command line."""
        return (f'python -m training cost {",".join(self.methods)} '
                f'--size {self.size[0]}x{self.size[1]} --keypoints {self.keypoints} '
                f'--threads {self.threads} --runs {self.runs}')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument('methods', type=words, metavar='METHOD[:RECIPE],...',
                        help='for example residual_sift:paper,cnn_sift:paper,superpoint; without '
                        'a recipe its default')
    parser.add_argument('--size', type=image_size, default='640x480', metavar='WxH',
                        help='of an image (default: %(default)s)')
    parser.add_argument('--keypoints', type=int, default=1000,
                        help='of an image (default: %(default)s)')
    parser.add_argument('--threads', type=int, default=1,
                        help='of the runtime (default: %(default)s)')
    parser.add_argument('--runs', type=int, default=20,
                        help='that are timed, of which the median counts (default: %(default)s)')
    parser.add_argument('--out', type=Path, metavar='FILE', help='write the results as JSON')


def from_arguments(args: argparse.Namespace) -> CostOptions:
    """Return the options; ValueError for numbers below 1."""
    for name in ('keypoints', 'threads', 'runs'):
        if getattr(args, name) < 1:
            raise ValueError(f'--{name} must be 1 or more, got {getattr(args, name)}')
    return CostOptions(args.methods, args.size, args.keypoints, args.threads, args.runs, args.out)


def run(options: CostOptions) -> None:
    """Count, time and print the table."""
    from residual_features_ros.process_tuning import one_blas_thread
    from training.cost import CostProtocol, main
    one_blas_thread()
    protocol = CostProtocol(options.size, options.keypoints, options.threads, options.runs)
    print(main(options.methods, protocol, options.out, options.command()))
