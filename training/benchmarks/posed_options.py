# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks on posed photographs can be asked beside the protocol."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

BENCHMARKS = ('stereo', 'multiview', 'reconstruction', 'localisation')
# Image Matching Challenge with 8,000 keypoints, as the paper: ratio 0.94, threshold 0.5 px.
RATIO, THRESHOLD_PX = 0.94, 0.5


@dataclass(frozen=True)
class PosedOptions:
    """Options of stereo, multiview, reconstruction and localisation.

    tune: scenes that ratio and threshold are chosen on, which are not evaluated then.
    ratio: of best to second best distance; 1 is off. threshold_px: of an inlier, in stereo.
    every: in localisation each so many-th view of a scene is a query.
    pairs: hloc's list 'query map-image' of what localisation matches.
    submission: folder of one pose file per method as visuallocalization.net takes it.
    """

    tune: tuple[str, ...] = ()
    ratio: float = RATIO
    threshold_px: float = THRESHOLD_PX
    every: int = 5
    pairs: Path | None = None
    submission: Path | None = None

    def words(self, benchmark: str) -> tuple[str, ...]:
        """Return the options that matter to a benchmark as on the command line."""
        stereo, localisation = benchmark == 'stereo', benchmark == 'localisation'
        words = ['--tune', ','.join(self.tune)] if stereo and self.tune else [
            '--ratio', f'{self.ratio:g}',
            *(['--threshold', f'{self.threshold_px:g}'] if stereo else [])]
        if localisation:
            words += ['--pairs', 'FILE'] if self.pairs else ['--every', str(self.every)]
        return tuple(words)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to 'evaluate'."""
    posed = parser.add_argument_group('stereo, multiview, reconstruction, localisation')
    posed.add_argument('--tune', default='', metavar='SCENES',
                       help='stereo: choose ratio and threshold on these scenes, a,b, and '
                       'evaluate on the others')
    posed.add_argument('--ratio', type=float, default=RATIO,
                       help='largest of best to second best distance, 1 is off (default: '
                       f'{RATIO})')
    posed.add_argument('--threshold', type=float, default=THRESHOLD_PX, metavar='PX',
                       help=f'stereo: of an inlier in pixels (default: {THRESHOLD_PX})')
    posed.add_argument('--every', type=int, default=5, metavar='K',
                       help='localisation: each K-th view is a query (default: 5)')
    posed.add_argument('--pairs', type=Path, metavar='FILE',
                       help='localisation: lines "query map-image" as hloc writes them')
    posed.add_argument('--submission', type=Path, metavar='DIR',
                       help='localisation: write METHOD.txt for the evaluation server')


def read_options(options: argparse.Namespace) -> PosedOptions:
    """Return what the command line asks for; ValueError for a number out of range."""
    if not 0 < options.ratio <= 1:
        raise ValueError(f'--ratio {options.ratio:g}: between 0 and 1')
    if options.threshold <= 0:
        raise ValueError(f'--threshold {options.threshold:g}: more than 0 pixels')
    if options.every < 2:
        raise ValueError(f'--every {options.every}: at least 2, or no view is left for the map')
    return PosedOptions(tuple(options.tune.split(',')) if options.tune else (), options.ratio,
                        options.threshold, options.every, options.pairs, options.submission)
