# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the validation can be asked."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from residual_features_ros.errors import unknown
from training.arguments import words
from training.benchmarks.options import BenchmarkOptions
from training.benchmarks.protocol import Files, Protocol

KINDS = ('stills', 'exposure', 'video')  # validation_pairs.KINDS


@dataclass(frozen=True)
class ValidationOptions(BenchmarkOptions):
    """Options of validation.

    kinds: of pairs, names in KINDS.    pictures: file of a picture, None for none.
    """

    HELP = 'held-out photographs, exposures and videos, to choose weights and settings by'
    ROOT = 'folder with stills/, exposure/, video/camvid/ and rgbd/seven_scenes/'

    kinds: tuple[str, ...] = KINDS
    pictures: Path | None = None

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--kinds', type=words, default=','.join(KINDS), metavar='A,B',
                            help='of pairs (default: %(default)s)')
        parser.add_argument('--pictures', type=Path, metavar='FILE',
                            help='picture of the hard pairs in which the last method gains most '
                            'on the first, and loses most')

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> ValidationOptions:
        """Return what the command line asks for; ConfigError for an unknown kind."""
        for kind in args.kinds:
            if kind not in KINDS:
                raise unknown('--kinds', kind, KINDS)
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args),
                   args.kinds, args.pictures)

    def words(self) -> tuple[str, ...]:
        """Return the kinds, where they are not all."""
        return () if self.kinds == KINDS else ('--kinds', ','.join(self.kinds))
