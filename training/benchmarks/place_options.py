# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What place_recognition can be asked."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from training.arguments import words
from training.benchmarks.options import BenchmarkOptions
from training.benchmarks.protocol import Files, Protocol

REVISIT = (1.0, 30.0)


@dataclass(frozen=True)
class PlaceOptions(BenchmarkOptions):
    """Options of place_recognition.

    vocabularies: folder of <method>.npz, '' for the shipped ones.
    sequences: folders below the root with posed scenes or images; () for the root itself.
    revisit: how near a pose is the same place: distance in the data set's unit, and degrees
        between the optical axes.
    pictures: file of a picture of the last method's hardest right answers, and of its surest wrong
        ones, None for none.
    """

    HELP = 'which earlier image shows the same place, by bags of words'
    ROOT = 'folder of posed scenes (residual_features_ros/datasets/layouts.py) or of images in ' \
           'the order of their names'

    vocabularies: str = ''
    sequences: tuple[str, ...] = ()
    revisit: tuple[float, float] = REVISIT
    pictures: Path | None = None

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_arguments(parser)
        parser.add_argument('--vocabularies', default='', metavar='DIR',
                            help='folder of METHOD.npz (default: shipped)')
        parser.add_argument('--sequences', type=words, default=(), metavar='A,B',
                            help='folders below --root, each with posed scenes or with images '
                            '(default: all of --root)')
        parser.add_argument('--revisit', type=distance_and_angle, default=REVISIT,
                            metavar='M,DEG', help='where poses are known: how near the same place '
                            'is, in the unit of the poses, and degrees between the optical axes '
                            f'(default: {REVISIT[0]:g},{REVISIT[1]:g})')
        parser.add_argument('--pictures', type=Path, metavar='FILE',
                            help="picture of the last method's checked answers: the hardest right "
                            'one of each sequence, and the surest wrong one')

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> PlaceOptions:
        """Return what the command line asks for."""
        return cls(args.root, Protocol.from_arguments(args), Files.from_arguments(args),
                   args.vocabularies, args.sequences, args.revisit, args.pictures)

    def words(self) -> tuple[str, ...]:
        """Return the options as on the command line, folders left to the reader."""
        revisit = ','.join(f'{value:g}' for value in self.revisit)
        return ((*(('--vocabularies', 'DIR') if self.vocabularies else ()),
                 *(('--sequences', ','.join(self.sequences)) if self.sequences else ()),
                 *(('--revisit', revisit) if self.revisit != REVISIT else ())))


def distance_and_angle(text: str) -> tuple[float, float]:
    """Read DISTANCE,DEGREES."""
    try:
        distance, degrees = map(float, text.split(','))
    except ValueError:
        raise argparse.ArgumentTypeError(f'expected M,DEG, got {text!r}') from None
    if not (distance > 0 and 0 < degrees <= 180):
        raise argparse.ArgumentTypeError('expected a distance above 0 and an angle in (0, 180], '
                                         f'got {text!r}')
    return distance, degrees
