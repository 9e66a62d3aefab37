# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Text files of numbers, as data sets have them."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from residual_features_ros.errors import DatasetError


def read_rows(path: Path, lengths: Sequence[int]) -> np.ndarray:
    """Return the rows of numbers of a file, words like 'P0:' left out.

    One row of as many numbers as the whole file has (Strecha's cameras) is taken too.

    Raises:
        DatasetError: no such file, or rows of other lengths; the file is named.
    """
    try:
        rows = [[float(word) for word in line.split() if not word.endswith(':')]
                for line in read_text(path).splitlines()]
    except ValueError as error:
        raise DatasetError(f'{path}: not rows of numbers ({error})') from error
    rows = [row for row in rows if row]
    if {sum(map(len, rows))} <= set(lengths):
        rows = [[value for row in rows for value in row]]
    if not rows or len({len(row) for row in rows}) != 1 or len(rows[0]) not in lengths:
        raise DatasetError(f'{path}: not rows of {" or ".join(map(str, lengths))} numbers')
    return np.array(rows)


def read_matrix(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """Return the matrix of a file; DatasetError names one that is missing or of another shape."""
    rows = read_rows(path, (shape[1], shape[0] * shape[1]))
    if rows.size != shape[0] * shape[1]:
        raise DatasetError(f'{path}: not a {shape[0]}x{shape[1]} matrix')
    return rows.reshape(shape)


def read_lines(path: Path) -> list[list[str]]:
    """Return the words of each line; comments and empty lines are left out."""
    return [line.split() for line in read_text(path).splitlines()
            if line.strip() and not line.lstrip().startswith('#')]


def read_text(path: Path) -> str:
    """Return a file's text; DatasetError names one that is missing or no text."""
    if not path.is_file():
        raise DatasetError(f'{path}: no such file')
    try:
        return path.read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f'{path}: cannot be read as text ({error})') from error
