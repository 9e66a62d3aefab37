# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What each benchmark can be asked: the options that all take, and those of images and videos."""
from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from training.benchmarks.protocol import OWN_SIZES, SIZE, Files, Protocol

LAYOUTS = ('rgbd', 'tum', 'scannet')


@dataclass(frozen=True)
class BenchmarkOptions:
    """What every benchmark takes.

    root: the folder of the data.
    protocol: which methods, on what size, how.
    files: what is written.
    """

    HELP: ClassVar[str]
    ROOT: ClassVar[str]  # what --root is
    METHODS: ClassVar[str] = 'rootsift,residual_rootsift_small'  # the default
    LIMITS: ClassVar[tuple[str, int]] = ('640x480', 1000)  # size and keypoints by default

    root: Path
    protocol: Protocol
    files: Files

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument('--root', type=Path, required=True, metavar='DIR', help=cls.ROOT)
        Protocol.add_arguments(parser, cls.METHODS)
        Protocol.add_limits(parser, *cls.LIMITS)
        Files.add_arguments(parser)

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> BenchmarkOptions:
        """Return what the command line asks for; ValueError for values out of range."""
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args))

    def words(self) -> tuple[str, ...]:
        """Return the benchmark's own options as on the command line, files left to the reader."""
        return ()


@dataclass(frozen=True)
class HpatchesOptions(BenchmarkOptions):
    """Options of hpatches. min_confidence: matches below it are dropped, 0 drops none.

    leave_out_large: without the scenes hpatches.LARGE. With --native, protocol.size is OWN_SIZES.
    """

    HELP = 'matches and homographies of scenes of HPatches layout'
    ROOT = 'folder of scenes'

    min_confidence: float = 0.0
    leave_out_large: bool = False

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--native', action='store_true',
                            help='leave images at their own sizes, instead of --size')
        parser.add_argument('--leave-out-large', action='store_true',
                            help='without the 8 scenes of more than 1600x1200 pixels that D2-Net '
                            'and PoSFeat leave out')
        parser.add_argument('--min-confidence', type=float, default=cls.min_confidence,
                            metavar='P', help='drop matches that are less likely right than this '
                            '(default: %(default)s)')

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> HpatchesOptions:
        """Return what the command line asks for; ValueError for two sizes."""
        protocol = Protocol.from_arguments(args)
        if args.native:
            if protocol.size != SIZE:
                raise ValueError('--size: --native leaves images at their own sizes')
            # The extractor's own limit of large images would be a resizing, too.
            protocol = replace(protocol, size=OWN_SIZES,
                               settings={'max_size': 0, **protocol.settings})
        return cls(args.root, protocol, Files.from_arguments(args), args.min_confidence,
                   args.leave_out_large)

    def words(self) -> tuple[str, ...]:
        """Return what decides the result, as on the command line."""
        least = ('--min-confidence', f'{self.min_confidence:g}') if self.min_confidence else ()
        return (*(('--native',) if self.protocol.size == OWN_SIZES else ()),
                *(('--leave-out-large',) if self.leave_out_large else ()), *least)


@dataclass(frozen=True)
class RotationOptions(BenchmarkOptions):
    """Options of rotation."""

    HELP = 'recall against in-plane rotation'
    ROOT = 'folder of images'


@dataclass(frozen=True)
class WholeOptions(BenchmarkOptions):
    """Options of whole."""

    HELP = 'whole networks beside the front end that they were made of'
    ROOT = 'folder of images, those of a scene in a folder of their own'


@dataclass(frozen=True)
class RgbdOptions(BenchmarkOptions):
    """Options of rgbd. layout: of the videos, a name in datasets.layouts."""

    HELP = 'matching score against the gap in frames of RGB-D videos'
    ROOT = 'folder of videos with depth and poses'

    layout: str = LAYOUTS[0]

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--layout', default=cls.layout, choices=LAYOUTS,
                            help='of the videos (default: %(default)s)')

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> RgbdOptions:
        """Return what the command line asks for."""
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args),
                   args.layout)

    def words(self) -> tuple[str, ...]:
        """Return the layout, where it is not the default."""
        return () if self.layout == LAYOUTS[0] else ('--layout', self.layout)


@dataclass(frozen=True)
class PapersOptions(BenchmarkOptions):
    """Options of papers, whose sizes and numbers of keypoints are the papers'.

    videos: folder of RGB-D videos, None leaves LF-Net's numbers out.
    layout: of the videos, a name in datasets.layouts.
    """

    HELP = 'all metrics of all papers in one run'
    ROOT = 'folder of scenes of HPatches layout'

    videos: Path | None = None
    layout: str = LAYOUTS[0]

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument('--root', type=Path, required=True, metavar='DIR', help=cls.ROOT)
        Protocol.add_arguments(parser)
        Files.add_arguments(parser)
        parser.add_argument('--videos', type=Path, metavar='DIR',
                            help="folder of videos as rgbd takes it, for LF-Net's numbers")
        parser.add_argument('--layout', default=cls.layout, choices=LAYOUTS,
                            help='of the videos (default: %(default)s)')

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> PapersOptions:
        """Return what the command line asks for."""
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args),
                   args.videos, args.layout)

    def words(self) -> tuple[str, ...]:
        """Return the videos and their layout, where it is not the default."""
        if self.videos is None:
            return ()
        return ('--videos', 'DIR', *(() if self.layout == LAYOUTS[0]
                                     else ('--layout', self.layout)))
