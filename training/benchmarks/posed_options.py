# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks on posed photographs can be asked beside the protocol."""
from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

BENCHMARKS = ('stereo', 'multiview', 'reconstruction', 'localisation')
# Image Matching Challenge with 8,000 keypoints, as the paper: ratio 0.94, threshold 0.5 px.
RATIO, THRESHOLD_PX = 0.94, 0.5
RATIOS = (0.8, 0.87, 0.94, 1.0)  # that --tune tries
EVERY = 5
# What each option is for; elsewhere it would be passed over.
TAKEN_BY = {
    'tune': ('stereo', 'multiview', 'reconstruction'), 'ratio': BENCHMARKS,
    'threshold': ('stereo',), 'every': ('localisation',), 'pairs': ('localisation',),
    'submission': ('localisation',), 'models': ('reconstruction', 'localisation')}


@dataclass(frozen=True)
class PosedOptions:
    """Options of stereo, multiview, reconstruction and localisation.

    tune: scenes that ratio and threshold are chosen on, which are not evaluated then; or
    'others': each scene is evaluated with what the other scenes chose.
    ratio: of best to second best distance, 1 is off; ratios has those of single methods.
    threshold_px: of an inlier, in stereo.
    every: in localisation each so many-th view of a scene is a query.
    pairs: hloc's list 'query map-image' of what localisation matches.
    submission: folder of one pose file per method as visuallocalization.net takes it.
    models: folder that keeps COLMAP's models, SCENE/METHOD.
    """

    tune: tuple[str, ...] = ()
    ratio: float = RATIO
    threshold_px: float = THRESHOLD_PX
    every: int = EVERY
    pairs: Path | None = None
    submission: Path | None = None
    models: Path | None = None
    ratios: Mapping[str, float] = field(default_factory=dict)

    def ratio_of(self, method: str) -> float:
        """Return the ratio of a method that was not tuned."""
        return self.ratios.get(method, self.ratio)

    def words(self, benchmark: str) -> tuple[str, ...]:
        """Return the options that matter to a benchmark as on the command line."""
        stereo, localisation = benchmark == 'stereo', benchmark == 'localisation'
        ratios = [f'{self.ratio:g}', *(f'{method}={ratio:g}'
                                       for method, ratio in self.ratios.items())]
        words = ['--tune', ','.join(self.tune)] if self.tune else [
            '--ratio', ','.join(ratios),
            *(['--threshold', f'{self.threshold_px:g}'] if stereo else [])]
        if localisation:
            words += ['--pairs', 'FILE'] if self.pairs else ['--every', str(self.every)]
        return tuple(words)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to 'evaluate'."""
    posed = parser.add_argument_group('stereo, multiview, reconstruction, localisation')
    posed.add_argument('--tune', metavar='SCENES',
                       help='choose the ratio of each method, and in stereo the threshold, on '
                       'these scenes, a,b, and evaluate on the rest; others: evaluate each scene '
                       'with what all other scenes chose')
    posed.add_argument('--ratio', metavar='X[,METHOD=X]',
                       help='largest of best to second best distance, 1 is off (default: '
                       f'{RATIO}); after it those of single methods')
    posed.add_argument('--threshold', type=float, metavar='PX',
                       help=f'stereo: of an inlier in pixels (default: {THRESHOLD_PX})')
    posed.add_argument('--every', type=int, metavar='K',
                       help=f'localisation: each K-th view is a query (default: {EVERY})')
    posed.add_argument('--pairs', type=Path, metavar='FILE',
                       help='localisation: lines "query map-image" as hloc writes them')
    posed.add_argument('--submission', type=Path, metavar='DIR',
                       help='localisation: write METHOD.txt for the evaluation server')
    posed.add_argument('--models', type=Path, metavar='DIR',
                       help="reconstruction, localisation: keep COLMAP's models, SCENE/METHOD")


def read_options(options: argparse.Namespace) -> PosedOptions:
    """Return what the command line asks for.

    Raises:
        ValueError: a number out of range.
    """
    threshold = THRESHOLD_PX if options.threshold is None else options.threshold
    every = EVERY if options.every is None else options.every
    if threshold <= 0:
        raise ValueError(f'--threshold {threshold:g}: more than 0 pixels')
    if every < 2:
        raise ValueError(f'--every {every}: at least 2, or no view is left for the map')
    ratio, ratios = read_ratios(options.ratio or f'{RATIO}', options.methods.split(','))
    return PosedOptions(tuple(options.tune.split(',')) if options.tune else (), ratio, threshold,
                        every, options.pairs, options.submission, options.models, ratios)


def check_taken(options: argparse.Namespace) -> None:
    """Raise a ValueError for an option that the benchmark, any of 'evaluate', would pass over."""
    for name, benchmarks in TAKEN_BY.items():
        if getattr(options, name) is not None and options.benchmark not in benchmarks:
            raise ValueError(f'--{name}: {options.benchmark} does not take it, but '
                             f'{", ".join(benchmarks)}')
    for name in ('ratio', 'threshold'):
        if options.tune and getattr(options, name) is not None:
            raise ValueError(f'--{name}: --tune chooses it')


def read_ratios(text: str, methods: Sequence[str]) -> tuple[float, dict[str, float]]:
    """Return the ratio of all methods and those of single ones.

    Raises:
        ValueError: no number, one out of range, or a method that is not evaluated.
    """
    ratio, ratios = RATIO, {}
    for word in text.split(','):
        method, named, number = word.rpartition('=')
        try:
            value = float(number)
        except ValueError:
            value = 0.0
        if not 0 < value <= 1:
            raise ValueError(f'--ratio {word}: a number between 0 and 1')
        if named and method not in methods:
            raise ValueError(f'--ratio {word}: {method} is not among --methods')
        if named:
            ratios[method] = value
        else:
            ratio = value
    return ratio, ratios
