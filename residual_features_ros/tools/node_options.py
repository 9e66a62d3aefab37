# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""--rate and --dds-profile: how images are played through the node."""
from __future__ import annotations

import argparse
from dataclasses import dataclass

from residual_features_ros.tools.arguments import select


@dataclass(frozen=True)
class NodeOptions:
    """How a command plays images through the node.

    rate: playing speed, 1 = as recorded.
    dds_profile: file of a Fast DDS profile, 'none' = its own defaults, '' = the package's.
    """

    rate: float = 1.0
    dds_profile: str = ''


DEFAULT_NODE = NodeOptions()


def add_arguments(parser: argparse._ActionsContainer) -> None:
    """Add the options to a parser or to a group of its options."""
    parser.add_argument('--rate', type=float, default=NodeOptions.rate,
                        help='playing speed (default: 1)')
    add_dds_profile(parser)


def add_dds_profile(parser: argparse._ActionsContainer) -> None:
    """Add --dds-profile."""
    parser.add_argument('--dds-profile', default=NodeOptions.dds_profile, metavar='XML',
                        help='Fast DDS profile, none = its own defaults (default: '
                             'config/fastdds.xml of the package)')


def from_arguments(arguments: argparse.Namespace) -> NodeOptions:
    """Return the options of the parsed words."""
    return select(NodeOptions, vars(arguments))
