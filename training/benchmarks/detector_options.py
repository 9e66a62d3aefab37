# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the benchmark of detectors can be asked."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from training.arguments import words
from training.benchmarks.options import BenchmarkOptions
from training.benchmarks.protocol import BACKEND, Files, Protocol

NAMES = ('sift', 'sift_octave0', 'akaze', 'kaze', 'orb', 'surf', 'hessian_octave0',
         'hessian_octave1')  # finders.FINDERS


@dataclass(frozen=True)
class DetectorOptions(BenchmarkOptions):
    """Options of detectors, whose methods are names of finders.FINDERS."""

    HELP = 'places that detectors find again, their bias, and what they cost'
    ROOT = 'folder of scenes of HPatches layout'

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options: neither networks nor predictions of another run are needed."""
        parser.add_argument('--root', type=Path, required=True, metavar='DIR', help=cls.ROOT)
        parser.set_defaults(weights='', backend=BACKEND)
        parser.add_argument('--methods', type=words, default=','.join(NAMES), metavar='A,B',
                            help='detectors (default: %(default)s)')
        parser.add_argument('--set', action='append', default=[], metavar='KEY=VALUE',
                            dest='extractor',
                            help='another setting of the extractor; may be repeated')
        Protocol.add_limits(parser)
        Files.add_arguments(parser, cached=False)
