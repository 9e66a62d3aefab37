# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Words of the command line to values."""
from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

Options = TypeVar('Options')


def pixels(text: str) -> tuple[int, int]:
    """Read a size such as 640x480 as (width, height)."""
    try:
        width, height = (int(part) for part in text.lower().split('x'))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'expected WIDTHxHEIGHT, got {text!r}') from error
    if min(width, height) < 32:
        raise argparse.ArgumentTypeError(f'a size is at least 32x32, got {text}')
    return width, height


def words(text: str) -> tuple[str, ...]:
    """Read a,b,c as words."""
    return tuple(word.strip() for word in text.split(',') if word.strip())


def unique_words(text: str) -> tuple[str, ...]:
    """Read a,b,a as the words a, b."""
    return tuple(dict.fromkeys(words(text)))


def count(text: str) -> int:
    """Read a whole number of 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'expected a whole number of 1 or more, got {text!r}')
    return int(text)


def many_pixels(text: str) -> tuple[tuple[int, int], ...]:
    """Read sizes such as 320x240,640x480, each as (width, height)."""
    return tuple(pixels(word) for word in words(text))


def counts(text: str) -> tuple[int, ...]:
    """Read 250,500 as whole numbers of 1 or more."""
    return tuple(count(word) for word in words(text))


def increasing_counts(text: str) -> tuple[int, ...]:
    """Read 8,1,8 as the whole numbers 1, 8, of 1 or more each and at least one of them."""
    numbers = tuple(sorted(set(counts(text))))
    if not numbers:
        raise argparse.ArgumentTypeError(f'expected whole numbers of 1 or more, got {text!r}')
    return numbers


def percentiles(text: str) -> tuple[float, ...]:
    """Read 5,95,99 as percentiles."""
    try:
        numbers = tuple(float(word) for word in words(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'expected numbers, got {text!r}') from error
    if not numbers or not all(0 <= number <= 100 for number in numbers):
        raise argparse.ArgumentTypeError(f'percentiles lie in 0 ... 100, got {text!r}')
    return numbers


def select(kind: type[Options], values: Mapping[str, Any], **others: Any) -> Options:
    """Return a dataclass of options, filled from the parsed words that have its fields' names.

    Args:
        kind: the dataclass.
        values: the parsed words by name, those of other dataclasses among them.
        others: fields that are made of several words.
    """
    names = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: values[name] for name in names - others.keys()}, **others)
