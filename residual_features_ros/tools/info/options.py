# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The options of info: none."""
from __future__ import annotations

import argparse
from dataclasses import dataclass

HELP = 'methods, weights, backends and what does not work here'
DESCRIPTION = 'Print methods with their weights, backends, versions, and what does not work.'


@dataclass(frozen=True)
class InfoOptions:
    """Nothing to choose."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser: none."""


def from_arguments(arguments: argparse.Namespace) -> InfoOptions:
    """Return the options of the parsed words."""
    return InfoOptions()
