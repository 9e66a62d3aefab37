# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Text files of numbers, as data sets and people's programs write them.

Byte order marks, UTF-16, line ends of any system, comments, headers, and words that are parted by
spaces, tabs, commas or semicolons are all read; a decimal comma is told from one that parts words.
"""
from __future__ import annotations

import codecs
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from residual_features_ros.errors import DatasetError

MARKS = {codecs.BOM_UTF8: 'utf-8-sig', codecs.BOM_UTF32_LE: 'utf-32', codecs.BOM_UTF32_BE:
         'utf-32', codecs.BOM_UTF16_LE: 'utf-16', codecs.BOM_UTF16_BE: 'utf-16'}
COMMENTS = ('#', '%', '//')
PARTED = re.compile(r'\s*[,;]\s*|\s+')
BESIDE_COMMAS = re.compile(r'\s*;\s*|\s+')
WITH_COMMA = re.compile(r'[+-]?(?:0|[1-9]\d*)(?:,\d+)?(?:[eE][+-]?\d+)?')
LABEL = re.compile(r'^\s*[A-Za-z_]\w*:')  # 'P0:' of KITTI


@dataclass(frozen=True)
class NumberTable:
    """The rows of numbers of a file that are as long as most of its rows.

    rows: their words.    places: which of the file's rows each of them is, from 0 on.
    count: rows of the file, also those that are left out because they are shorter, longer or
    hold no finite numbers.
    header: comments and titles before the first row.
    csv: whether commas or semicolons part the words.
    """

    rows: list[list[str]]
    places: list[int]
    count: int
    header: list[str]
    csv: bool

    @property
    def left_out(self) -> int:
        """Return how many rows of the file are not among `rows`."""
        return self.count - len(self.rows)


def read_table(path: Path) -> NumberTable:
    """Return the rows of numbers of a file; DatasetError where it has none."""
    header: list[str] = []
    lines: list[str] = []
    for line in filter(str.strip, read_text(path).splitlines()):
        if is_comment(line) or not (lines or any(map(is_number, number_words(line)))):
            header += [] if lines else [line]
        else:
            lines.append(line)
    decimal_comma = has_decimal_commas(lines)
    rows = [number_words(line, decimal_comma) for line in lines]
    good = [(place, words) for place, words in enumerate(rows) if all(map(is_number, words))]
    if not good:
        raise DatasetError(f'{path}: no row of numbers in it')
    usual = Counter(len(words) for _, words in good).most_common(1)[0][0]
    good = [(place, words) for place, words in good if len(words) == usual]
    csv = any(sign in lines[good[0][0]] for sign in (';' if decimal_comma else ',;'))
    return NumberTable([words for _, words in good], [place for place, _ in good], len(lines),
                       header, csv)


def number_words(line: str, decimal_comma: bool = False) -> list[str]:
    """Return the words of a row of numbers; an empty field is an empty word, save at the end."""
    words = PARTED.split((line.replace(',', '.') if decimal_comma else line).strip())
    while words and not words[-1]:
        words.pop()
    return words


def has_decimal_commas(lines: Sequence[str]) -> bool:
    """Tell rows like "0,5 1,5" and "0,5;1,5" from "0, 5, 1" and "0,5,1".

    All of them decide, save the last, which may be cut off.
    """
    rows = [BESIDE_COMMAS.split(line.strip('; \t')) for line in lines[:-1] or lines]
    return any(',' in line for line in lines) and all(
        len(words) > 1 and all(map(WITH_COMMA.fullmatch, words)) for words in rows)


def is_comment(line: str) -> bool:
    """Tell whether a line is a comment."""
    return line.lstrip().startswith(COMMENTS)


def is_number(word: str) -> bool:
    """Tell whether a word is a finite number."""
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def read_rows(path: Path, lengths: Sequence[int]) -> np.ndarray:
    """Return the rows of numbers of a file, labels like 'P0:' left out.

    One row of as many numbers as the whole file has (Strecha's cameras) is taken too.

    Raises:
        DatasetError: no such file, or rows of other lengths; the file is named.
    """
    lines = [LABEL.sub('', line) for line in read_text(path).splitlines()
             if not is_comment(line)]
    lines = [line for line in lines if line.strip()]
    decimal_comma = has_decimal_commas(lines)
    try:
        rows = [[float(word) for word in number_words(line, decimal_comma)] for line in lines]
    except ValueError as error:
        raise DatasetError(f'{path}: not rows of numbers ({error})') from error
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
    """Return a file's text; DatasetError names one that is missing or cannot be read.

    What is not Unicode, a comment or a file's name in Latin-1, is kept byte by byte as file names
    are (surrogateescape).
    """
    if not path.is_file():
        raise DatasetError(f'{path}: no such file')
    try:
        content = path.read_bytes()
        coding = next((name for mark, name in MARKS.items() if content.startswith(mark)),
                      'utf-8')
        return content.decode(coding, 'surrogateescape' if 'utf-8' in coding else 'strict')
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f'{path}: cannot be read as text ({error})') from error
