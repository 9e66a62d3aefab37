# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The options of info."""
from __future__ import annotations

import argparse
from dataclasses import dataclass

HELP = 'methods, weights, backends and what does not work here'
DESCRIPTION = 'Print methods with their weights, backends, versions, and what does not work.'


@dataclass(frozen=True)
class InfoOptions:
    """What is printed.

    verify: whether the shipped files are checked, on each backend that is here.
    """

    verify: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument('--verify', action='store_true',
                        help='check every shipped card and file, run each network on each backend '
                             'that is here, and print a table for a report; exit code 1 where '
                             'anything fails (TensorRT builds its engines first)')


def from_arguments(arguments: argparse.Namespace) -> InfoOptions:
    """Return the options of the parsed words."""
    return InfoOptions(arguments.verify)
