# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Words of the command line to values."""
from __future__ import annotations

import argparse


def image_size(text: str) -> tuple[int, int]:
    """Read WIDTHxHEIGHT in pixels."""
    try:
        width, height = (int(side) for side in text.split('x'))
    except ValueError:
        raise argparse.ArgumentTypeError(f'expected WIDTHxHEIGHT, got {text!r}') from None
    return width, height


def words(text: str) -> tuple[str, ...]:
    """Read a,b,c."""
    return tuple(text.split(','))
