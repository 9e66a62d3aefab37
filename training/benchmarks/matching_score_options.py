# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the benchmark of matching scores can be asked."""
from __future__ import annotations

import argparse
from dataclasses import dataclass

from training.benchmarks.options import BenchmarkOptions
from training.benchmarks.posed_options import PAIRS, POSED
from training.benchmarks.protocol import Files, Protocol


@dataclass(frozen=True)
class MatchingScoreOptions(BenchmarkOptions):
    """Options of matching_score. pairs: of a scene, a name in posed_options.PAIRS."""

    HELP = 'matching score by known geometry on pairs of posed photographs'
    ROOT = POSED
    LIMITS = '640x640', 1024  # LF-Net's outdoor test (section 4.2)

    pairs: str = PAIRS[0]

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--pairs', choices=PAIRS, default=cls.pairs,
                            help='of each scene: 60, spread over all, or all (default: '
                            '%(default)s)')

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> MatchingScoreOptions:
        """Return what the command line asks for."""
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args),
                   args.pairs)

    def words(self) -> tuple[str, ...]:
        """Return which pairs, where it is not the default."""
        return () if self.pairs == PAIRS[0] else ('--pairs', self.pairs)
