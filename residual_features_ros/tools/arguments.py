# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Words of the command line to values."""
from __future__ import annotations

import argparse


def pixels(text: str) -> tuple[int, int]:
    """Read a size such as 640x480 as (width, height)."""
    try:
        width, height = (int(part) for part in text.lower().split('x'))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'expected WIDTHxHEIGHT, got {text!r}') from error
    if min(width, height) < 32:
        raise argparse.ArgumentTypeError(f'a size is at least 32x32, got {text}')
    return width, height


def words(text: str) -> list[str]:
    """Read a,b,c as a list."""
    return [word.strip() for word in text.split(',') if word.strip()]


def count(text: str) -> int:
    """Read a whole number of 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'expected a whole number of 1 or more, got {text!r}')
    return int(text)


def percentiles(text: str) -> list[float]:
    """Read 5,95,99 as percentiles."""
    try:
        numbers = [float(word) for word in words(text)]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'expected numbers, got {text!r}') from error
    if not numbers or not all(0 <= number <= 100 for number in numbers):
        raise argparse.ArgumentTypeError(f'percentiles lie in 0 ... 100, got {text!r}')
    return numbers
