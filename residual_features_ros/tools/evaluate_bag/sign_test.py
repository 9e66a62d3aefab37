# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Methods on the same pairs of a bag's images: medians of few pairs differ by luck."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from residual_features_ros.sign_test import Split, split
from residual_features_ros.tools.evaluate_bag.pairs import PairFigures

# name, heading, sign of what is better when larger
QUANTITIES = (('inliers', 'more inliers', 1), ('rotation_deg', 'smaller rot deg', -1),
              ('direction_deg', 'smaller dir deg', -1))


def compare(pairs: Mapping[str, Sequence[PairFigures]]) -> dict[str, dict[str, Split]]:
    """Return, for each method but the first, how the first one does against it, by quantity."""
    (_, first), *others = pairs.items()
    return {name: {quantity: split(values(first, quantity), values(other, quantity), sign)
                   for quantity, _, sign in QUANTITIES} for name, other in others}


def values(pairs: Sequence[PairFigures], quantity: str) -> dict[tuple[int, int], float]:
    """Return a number of each pair by the stamps of its images."""
    return {(pair.previous_ns, pair.stamp_ns): value(pair, quantity) for pair in pairs}


def value(pair: PairFigures, quantity: str) -> float:
    """Return a number of a pair; an error is NaN without ground truth, infinite without motion."""
    lost = not pair.has_motion and np.isfinite(pair.baseline) and quantity != 'inliers'
    return np.inf if lost else float(getattr(pair, quantity))


def split_columns(rows: Iterable[Mapping[str, Split]]) -> list[tuple[str, str]]:
    """Return the names and headings of the quantities for which any row has pairs."""
    all_splits = list(rows)
    return [(name, heading) for name, heading, _ in QUANTITIES
            if any(splits[name].pairs for splits in all_splits)]


def split_cells(rows: Mapping[str, Mapping[str, Split]]) -> list[list[str]]:
    """Return rows of words, the label in front; none where no row has pairs."""
    columns = split_columns(rows.values())
    return [[label, *(splits[key].words() for key, _ in columns)]
            for label, splits in rows.items()] if columns else []
