# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of methods as rows of words under headings."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

# key of the figures, heading, format, whether more is better (None: neither)
Column = tuple[str, str, str, bool | None]
NOTHING = '-'  # where there is no number


def known_columns(columns: Sequence[Column],
                  methods: Iterable[Mapping[str, float | int]]) -> list[Column]:
    """Return the columns for which any method has a number."""
    all_figures = list(methods)
    return [column for column in columns if any(
        np.isfinite(figures.get(column[0], np.nan)) for figures in all_figures)]


def row(name: str, figures: Mapping[str, float | int], columns: Sequence[Column]) -> list[str]:
    """Return a name and the words of its figures in each column."""
    return [name, *(_word(figures.get(key, np.nan), form) for key, _, form, _ in columns)]


def headings(columns: Sequence[Column]) -> list[str]:
    """Return the headings of columns."""
    return [heading for _, heading, *_ in columns]


def best_cells(rows: Sequence[Sequence[str]], columns: Sequence[Column]) -> list[str | None]:
    """Return the best words of each column among rows, a name in front of each; see best."""
    return [best([cells[i] for cells in rows], more) for i, (*_, more) in enumerate(columns, 1)]


def best(cells: Sequence[str], more: bool | None) -> str | None:
    """Return the best of the numbers as they are shown, None where they are all the same."""
    known = {cell for cell in cells if cell != NOTHING}
    if more is None or len(known) < 2:
        return None
    return max(known, key=float) if more else min(known, key=float)


def _word(value: float | int, form: str) -> str:
    return format(value, form) if np.isfinite(value) else NOTHING
