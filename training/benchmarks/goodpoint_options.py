# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks of GoodPoint's Tables 1, 3 and 4 can be asked."""
from __future__ import annotations

import argparse
from dataclasses import dataclass

from training.benchmarks.options import BenchmarkOptions
from training.benchmarks.protocol import Files, Protocol

BOTH = 'superpoint,goodpoint'
MOST = 1000  # keypoints; the paper has a threshold alone


@dataclass(frozen=True)
class AirsimOptions(BenchmarkOptions):
    """Options of airsim. gap: frames between two views. roll_deg: of the second view's camera."""

    HELP = "GoodPoint's Table 1: videos of AirSim in two lights"
    ROOT = 'folder of scenes, each with <light>/img, <light>/depth_persp and poses in a .json'
    METHODS, LIMITS = BOTH, ('320x240', MOST)

    gap: int = 5
    roll_deg: float = 0.0

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--gap', type=int, default=cls.gap, metavar='N',
                            help='frames between two views (default: %(default)s)')
        parser.add_argument('--roll', type=float, default=cls.roll_deg, metavar='DEGREES',
                            help="roll of the second view's camera (default: %(default)s)")

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> AirsimOptions:
        """Return what the command line asks for; ValueError for a gap that goes back."""
        if args.gap < 0:
            raise ValueError(f'--gap {args.gap}: expected 0 or more')
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args),
                   args.gap, args.roll)

    def words(self) -> tuple[str, ...]:
        """Return gap and roll, where they are not the defaults."""
        return (*(('--gap', str(self.gap)) if self.gap != type(self).gap else ()),
                *(('--roll', f'{self.roll_deg:g}') if self.roll_deg else ()))


@dataclass(frozen=True)
class FireOptions(BenchmarkOptions):
    """Options of fire. threshold_px: how near a match is right; the authors' code has 5."""

    HELP = "GoodPoint's Tables 3 and 4: pairs of retinal images"
    ROOT = "folder of FIRE: Images, 'Ground Truth' and, where there are any, Masks"
    METHODS, LIMITS = BOTH, ('437x437', MOST)  # the authors' .15 of 2912x2912

    threshold_px: float = 5.0

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--threshold', type=float, default=cls.threshold_px, metavar='PX',
                            help='how near a match is right (default: %(default)s)')

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> FireOptions:
        """Return what the command line asks for."""
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args),
                   args.threshold)

    def words(self) -> tuple[str, ...]:
        """Return the threshold, where it is not the default."""
        return () if self.threshold_px == type(self).threshold_px \
            else ('--threshold', f'{self.threshold_px:g}')
