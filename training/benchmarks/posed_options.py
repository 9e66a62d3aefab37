# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks on posed photographs can be asked."""
from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from training.benchmarks.options import BenchmarkOptions
from training.benchmarks.protocol import Files, Protocol
from training.benchmarks.ratios import RATIO, read_ratios

THRESHOLD_PX = 0.5  # the Image Matching Challenge with 8,000 keypoints, as the Residual paper
EVERY = 5
POSED = 'folder of posed scenes (residual_features_ros/datasets/layouts.py)'


@dataclass(frozen=True)
class RatioOptions(BenchmarkOptions):
    """What all four take.

    ratio: of best to second best distance, 1 is off; ratios has those of single methods.
    """

    ratio: float = RATIO
    ratios: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--ratio', metavar='X[,METHOD=X]',
                            help='largest of best to second best distance, 1 is off (default: '
                            f'{RATIO}); after it those of single methods')

    def ratio_of(self, method: str) -> float:
        """Return the ratio of a method that was not tuned."""
        return self.ratios.get(method, self.ratio)

    def words(self) -> tuple[str, ...]:
        """Return the ratios as on the command line."""
        return '--ratio', ','.join([f'{self.ratio:g}', *(
            f'{method}={ratio:g}' for method, ratio in self.ratios.items())])


@dataclass(frozen=True)
class TunedOptions(RatioOptions):
    """What those take that can choose the ratio themselves.

    tune: scenes that it is chosen on, which are not evaluated then; or 'others': each scene is
    evaluated with what the other scenes chose.
    """

    tune: tuple[str, ...] = ()

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--tune', metavar='SCENES',
                            help='choose the ratio of each method, and in stereo the threshold, '
                            'on these scenes, a,b, and evaluate on the rest; others: evaluate '
                            'each scene with what all other scenes chose')

    def words(self) -> tuple[str, ...]:
        """Return what was tuned on, else the ratios, as on the command line."""
        return ('--tune', ','.join(self.tune)) if self.tune else super().words()


@dataclass(frozen=True)
class StereoOptions(TunedOptions):
    """Options of stereo. threshold_px: of an inlier; tuned with the ratio."""

    HELP = 'relative poses of pairs of posed photographs'
    ROOT = POSED

    threshold_px: float = THRESHOLD_PX

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--threshold', type=float, metavar='PX',
                            help=f'of an inlier in pixels (default: {THRESHOLD_PX})')

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> StereoOptions:
        """Return what the command line asks for."""
        refuse_chosen(args.tune, {'--ratio': args.ratio, '--threshold': args.threshold})
        threshold = THRESHOLD_PX if args.threshold is None else args.threshold
        if threshold <= 0:
            raise ValueError(f'--threshold {threshold:g}: more than 0 pixels')
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args),
                   *read_ratios(args.ratio, args.methods), read_scenes(args.tune), threshold)

    def words(self) -> tuple[str, ...]:
        """Return what was tuned on, else ratios and threshold, as on the command line."""
        return super().words() + (() if self.tune else ('--threshold', f'{self.threshold_px:g}'))


@dataclass(frozen=True)
class MultiviewOptions(TunedOptions):
    """Options of multiview."""

    HELP = 'COLMAP on bags of 5, 10 and 25 posed photographs'
    ROOT = POSED

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> MultiviewOptions:
        """Return what the command line asks for."""
        refuse_chosen(args.tune, {'--ratio': args.ratio})
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args),
                   *read_ratios(args.ratio, args.methods), read_scenes(args.tune))


@dataclass(frozen=True)
class ReconstructionOptions(TunedOptions):
    """Options of reconstruction. models: folder that keeps COLMAP's models, SCENE/METHOD."""

    HELP = 'COLMAP on whole scenes of posed photographs'
    ROOT = POSED

    models: Path | None = None

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--models', type=Path, metavar='DIR',
                            help="keep COLMAP's models, SCENE/METHOD")

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> ReconstructionOptions:
        """Return what the command line asks for."""
        refuse_chosen(args.tune, {'--ratio': args.ratio})
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args),
                   *read_ratios(args.ratio, args.methods), read_scenes(args.tune), args.models)


@dataclass(frozen=True)
class LocalisationOptions(RatioOptions):
    """Options of localisation.

    every: each so many-th view of a scene is a query.
    pairs: hloc's list 'query map-image' of what is matched.
    submission: folder of one pose file per method as visuallocalization.net takes it.
    models: folder that keeps COLMAP's maps, SCENE/METHOD.
    """

    HELP = 'queries against a map of posed photographs'
    ROOT = f"{POSED}, or Aachen's"

    every: int = EVERY
    pairs: Path | None = None
    submission: Path | None = None
    models: Path | None = None

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--every', type=int, default=EVERY, metavar='K',
                            help='each K-th view is a query (default: %(default)s)')
        parser.add_argument('--pairs', type=Path, metavar='FILE',
                            help='lines "query map-image" as hloc writes them')
        parser.add_argument('--submission', type=Path, metavar='DIR',
                            help='write METHOD.txt for the evaluation server')
        parser.add_argument('--models', type=Path, metavar='DIR',
                            help="keep COLMAP's maps, SCENE/METHOD")

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> LocalisationOptions:
        """Return what the command line asks for."""
        if args.every < 2:
            raise ValueError(f'--every {args.every}: at least 2, or no view is left for the map')
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args),
                   *read_ratios(args.ratio, args.methods), args.every, args.pairs,
                   args.submission, args.models)

    def words(self) -> tuple[str, ...]:
        """Return ratios and what says which views are queries, as on the command line."""
        chosen = ('--pairs', 'FILE') if self.pairs else ('--every', str(self.every))
        return super().words() + chosen


def refuse_chosen(tune: str | None, given: Mapping[str, object]) -> None:
    """Raise a ValueError for an option that was given though --tune chooses its value."""
    for name, value in given.items():
        if tune and value is not None:
            raise ValueError(f'{name}: --tune chooses it')


def read_scenes(text: str | None) -> tuple[str, ...]:
    """Return the names of scenes in a,b."""
    return tuple(text.split(',')) if text else ()
