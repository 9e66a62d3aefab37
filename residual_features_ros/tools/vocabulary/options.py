# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The options of vocabulary."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from residual_features_ros.errors import unknown
from residual_features_ros.outputs import refuse_existing
from residual_features_ros.registry import METHODS

HELP = 'write a vocabulary in the format of ORB-SLAM, DBoW3 or stella_vslam'
DESCRIPTION = ("Write the vocabulary of a method for a back-end: FILE.txt or .txt.gz is DBoW2's "
               'text, which ORB-SLAM and DBoW3 read (unpacked), .fbow what FBoW and stella_vslam '
               'read, .npz the format of this package.')


@dataclass(frozen=True)
class VocabularyOptions:
    """Which vocabulary is written where.

    path: file or folder, see load_vocabulary; '' for the shipped one.
    weights: folder of the method's networks, '' for the shipped ones.
    """

    method: str
    files: tuple[Path, ...]
    path: str = ''
    weights: str = ''


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument('method', metavar='METHOD')
    parser.add_argument('files', type=Path, nargs='+', metavar='FILE')
    parser.add_argument('--vocabulary', default='', metavar='PATH', dest='path',
                        help='another than the shipped one: .npz, .txt or .txt.gz, or a folder '
                        'with METHOD.npz')
    parser.add_argument('--weights', default='', metavar='DIR',
                        help="folder of the method's weights (default: shipped)")


def from_arguments(arguments: argparse.Namespace) -> VocabularyOptions:
    """Return the options; ConfigError for an unknown method, OutputError for files there are."""
    if arguments.method not in METHODS:
        raise unknown('method', arguments.method, METHODS)
    refuse_existing(arguments.files, 'FILE')
    return VocabularyOptions(arguments.method, tuple(arguments.files), arguments.path,
                             arguments.weights)
