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
PAIRS = ('some', 'all')
PARTNERS = ('nearest', 'covisible')
RETRIEVAL = 'retrieval:'  # and how many, for --pairs
RUNS = 3
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
class Colmap:
    """How COLMAP runs.

    defaults: with its own limits, not with those that mapping.py sets for robots.
    threads: of its mapper and triangulation, with which a run repeats itself with one alone, and
        of the matching before them.
    """

    defaults: bool = False
    threads: int = 1

    @classmethod
    def add_threads(cls, parser: argparse.ArgumentParser) -> None:
        """Add the number of threads."""
        parser.add_argument('--threads', type=int, default=cls.threads, metavar='N',
                            help='of COLMAP, whose runs repeat themselves with one alone, and of '
                            'the matching before it (default: %(default)s)')

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> Colmap:
        """Return what the command line asks for; ValueError for no thread."""
        if args.threads < 1:
            raise ValueError(f'--threads {args.threads}: at least 1')
        return cls(getattr(args, 'colmap_defaults', cls.defaults), args.threads)

    def words(self) -> tuple[str, ...]:
        """Return what is not the default, as on the command line."""
        return ((('--colmap-defaults',) if self.defaults else ())
                + (('--threads', str(self.threads)) if self.threads > 1 else ()))


FOR_ROBOTS = Colmap()


@dataclass(frozen=True)
class MappedOptions(TunedOptions):
    """What those take that let COLMAP find the poses."""

    colmap: Colmap = FOR_ROBOTS

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--colmap-defaults', action='store_true',
                            help="COLMAP's own limits, made for large photographs from around an "
                            'object, not those for robots')
        Colmap.add_threads(parser)

    def words(self) -> tuple[str, ...]:
        """Return what was tuned on, else the ratios, and how COLMAP runs."""
        return super().words() + self.colmap.words()


@dataclass(frozen=True)
class StereoOptions(TunedOptions):
    """Options of stereo.

    threshold_px: of an inlier; tuned with the ratio.
    pairs: of a scene that are estimated, a name in PAIRS.
    """

    HELP = 'relative poses of pairs of posed photographs'
    ROOT = POSED

    threshold_px: float = THRESHOLD_PX
    pairs: str = PAIRS[0]

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--threshold', type=float, metavar='PX',
                            help=f'of an inlier in pixels (default: {THRESHOLD_PX})')
        parser.add_argument('--pairs', choices=PAIRS, default=cls.pairs,
                            help='of each scene: 60, spread over all, or all, as the Image '
                            'Matching Challenge (default: %(default)s)')

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> StereoOptions:
        """Return what the command line asks for."""
        refuse_chosen(args.tune, {'--ratio': args.ratio, '--threshold': args.threshold})
        threshold = THRESHOLD_PX if args.threshold is None else args.threshold
        if threshold <= 0:
            raise ValueError(f'--threshold {threshold:g}: more than 0 pixels')
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args),
                   *read_ratios(args.ratio, args.methods), read_scenes(args.tune), threshold,
                   args.pairs)

    def words(self) -> tuple[str, ...]:
        """Return what was tuned on, else ratios and threshold, and which pairs."""
        return (super().words() + (() if self.tune else ('--threshold', f'{self.threshold_px:g}'))
                + (() if self.pairs == PAIRS[0] else ('--pairs', self.pairs)))


@dataclass(frozen=True)
class MultiviewOptions(MappedOptions):
    """Options of multiview."""

    HELP = 'COLMAP on bags of 5, 10 and 25 posed photographs'
    ROOT = POSED

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> MultiviewOptions:
        """Return what the command line asks for."""
        refuse_chosen(args.tune, {'--ratio': args.ratio})
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args),
                   *read_ratios(args.ratio, args.methods), read_scenes(args.tune),
                   Colmap.from_arguments(args))


@dataclass(frozen=True)
class ReconstructionOptions(MappedOptions):
    """Options of reconstruction.

    models: folder that keeps COLMAP's models, SCENE/METHOD.
    retrieved: each image is matched with so many that look alike (retrieval.py); 0 for all.
    runs: of COLMAP's mapper, each with a seed of its own.
    """

    HELP = 'COLMAP on whole scenes of photographs, posed or not'
    ROOT = f'{POSED}, or of scenes without poses (photographs.py beside it)'

    models: Path | None = None
    retrieved: int = 0
    runs: int = RUNS

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--models', type=Path, metavar='DIR',
                            help="keep COLMAP's models, SCENE/METHOD")
        parser.add_argument('--pairs', default='all', metavar='all|retrieval:K',
                            help='match all pairs, of a video those near in time, or each image '
                            'with the K most alike by bags of words (default: %(default)s)')
        parser.add_argument('--runs', type=int, default=cls.runs, metavar='N',
                            help="of COLMAP's mapper, each with another seed, whose means are "
                            'given (default: %(default)s)')

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> ReconstructionOptions:
        """Return what the command line asks for."""
        refuse_chosen(args.tune, {'--ratio': args.ratio})
        if args.runs < 1:
            raise ValueError(f'--runs {args.runs}: at least 1')
        retrieved = read_retrieved(args.pairs)
        if args.pairs != 'all' and not retrieved:
            raise ValueError(f'--pairs {args.pairs}: all, or {RETRIEVAL}K')
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args),
                   *read_ratios(args.ratio, args.methods), read_scenes(args.tune),
                   Colmap.from_arguments(args), args.models, retrieved, args.runs)

    def words(self) -> tuple[str, ...]:
        """Return ratios, how COLMAP runs and how often, and which pairs are matched."""
        return (super().words() + retrieval_words(self.retrieved)
                + (() if self.runs == RUNS else ('--runs', str(self.runs))))


@dataclass(frozen=True)
class LocalisationOptions(RatioOptions):
    """Options of localisation.

    every: each so many-th view of a scene is a query.
    pairs: hloc's list 'query map-image' of what is matched.
    retrieved: instead of it so many images of the map that look like the query (retrieval.py).
    submission: folder of one pose file per method as visuallocalization.net takes it.
    models: folder that keeps COLMAP's maps, SCENE/METHOD.
    colmap: its threads; a map of true poses has hloc's limits.
    partners: what each image of the map is matched with, a name in PARTNERS.
    """

    HELP = 'queries against a map of posed photographs'
    ROOT = f"{POSED}, or Aachen's"

    every: int = EVERY
    pairs: Path | None = None
    submission: Path | None = None
    models: Path | None = None
    colmap: Colmap = FOR_ROBOTS
    partners: str = PARTNERS[0]
    retrieved: int = 0

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--every', type=int, default=EVERY, metavar='K',
                            help='each K-th view is a query (default: %(default)s)')
        parser.add_argument('--pairs', metavar='FILE|retrieval:K',
                            help='lines "query map-image" as hloc writes them, or the K images '
                            'of the map most alike by bags of words')
        parser.add_argument('--submission', type=Path, metavar='DIR',
                            help='write METHOD.txt for the evaluation server')
        parser.add_argument('--models', type=Path, metavar='DIR',
                            help="keep COLMAP's maps, SCENE/METHOD")
        parser.add_argument('--partners', choices=PARTNERS, default=cls.partners,
                            help='what an image of the map is matched with: the 10 nearest that '
                            'look the same way, or the 20 that share the most points with it in '
                            "Aachen's model, as in hloc (default: %(default)s)")
        Colmap.add_threads(parser)

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> LocalisationOptions:
        """Return what the command line asks for."""
        if args.every < 2:
            raise ValueError(f'--every {args.every}: at least 2, or no view is left for the map')
        retrieved = read_retrieved(args.pairs)
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args),
                   *read_ratios(args.ratio, args.methods), args.every,
                   Path(args.pairs) if args.pairs and not retrieved else None,
                   args.submission, args.models, Colmap.from_arguments(args), args.partners,
                   retrieved)

    def words(self) -> tuple[str, ...]:
        """Return ratios, what says which views are queries, and how the map is made."""
        chosen = ('--pairs', 'FILE') if self.pairs else (
            '--every', str(self.every), *retrieval_words(self.retrieved))
        partners = () if self.partners == PARTNERS[0] else ('--partners', self.partners)
        return super().words() + chosen + partners + self.colmap.words()


def refuse_chosen(tune: str | None, given: Mapping[str, object]) -> None:
    """Raise a ValueError for an option that was given though --tune chooses its value."""
    for name, value in given.items():
        if tune and value is not None:
            raise ValueError(f'{name}: --tune chooses it')


def read_retrieved(text: str | None) -> int:
    """Return K of retrieval:K, 0 for anything else; ValueError where it is no number above 0."""
    if not (text or '').startswith(RETRIEVAL):
        return 0
    number = str(text).removeprefix(RETRIEVAL)
    if not (number.isdecimal() and int(number)):
        raise ValueError(f'--pairs {text}: {RETRIEVAL}K, where K is at least 1')
    return int(number)


def retrieval_words(count: int) -> tuple[str, ...]:
    """Return how many are retrieved, as on the command line; nothing for 0."""
    return ('--pairs', f'{RETRIEVAL}{count}') if count else ()


def read_scenes(text: str | None) -> tuple[str, ...]:
    """Return the names of scenes in a,b."""
    return tuple(text.split(',')) if text else ()
