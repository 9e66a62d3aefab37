# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A table in plain text."""
from __future__ import annotations

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows under a header; columns of numbers stand right, all others left.

    '-' is a number that is not known.
    """
    body = [[str(cell) for cell in row] for row in rows]
    columns = list(zip(header, *body, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [i > 0 and _are_numbers(column[1:]) for i, column in enumerate(columns)]
    lines = [header, ['-' * width for width in widths], *body]
    return '\n'.join(_line(line, widths, right) for line in lines)


def _are_numbers(cells: Sequence[str]) -> bool:
    known = [cell for cell in cells if cell != '-']
    return bool(known) and all(cell[:1].isdigit() for cell in known)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    return '  '.join(cell.rjust(width) if numeric else cell.ljust(width) for cell, width, numeric
                     in zip(cells, widths, right, strict=True)).rstrip()
