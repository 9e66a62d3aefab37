# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The order in which people and cameras count: 1.png, 2.png, ... 10.png."""
from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

NUMBER = re.compile(r'([0-9]+)')


def natural_key(path: Path | str) -> tuple[tuple[object, ...], str, str]:
    """Return what sorts paths so that numbers in their names count as numbers.

    Digits behind a point are those of a fraction: frames are named by their times, 0.5.png comes
    after 0.25.png. Equal numbers, 1 and 01, are in the order of their text.
    """
    path = Path(path)
    parts = [*path.parts[:-1], path.stem]
    return tuple(map(_counted, parts)), path.suffix, str(path)


def _counted(name: str) -> tuple[tuple[str, int], ...]:
    whole, point, fraction = name.partition('.')
    words = NUMBER.split(whole)  # text, digits, text, ... text
    if point and whole.isdecimal() and fraction.isdecimal():
        words[-1] = fraction  # text sorts digits behind the point as their value does
    else:
        words = NUMBER.split(name)
    numbers = [*map(int, words[1::2]), 0]
    return tuple(zip(words[::2], numbers, strict=True))


def in_natural_order(paths: Iterable[Path]) -> list[Path]:
    """Return paths sorted by natural_key."""
    return sorted(paths, key=natural_key)
