# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two methods on the same pairs of images: whether a difference is more than luck.

Medians of few pairs differ by luck. The sign test asks how likely a split so uneven is if either
method were better as often as the other; it takes neighbouring pairs for independent.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from residual_features_ros.tools.evaluate_bag.pairs import PairFigures

# name, heading, sign of what is better when larger
QUANTITIES = (('inliers', 'more inliers', 1), ('rotation_deg', 'smaller rot deg', -1),
              ('direction_deg', 'smaller dir deg', -1))


@dataclass(frozen=True)
class Split:
    """In how many of the pairs that are not equal the first of two methods is better."""

    better: int
    pairs: int

    @property
    def p(self) -> float:
        """Return the probability of a split at least so uneven between equals, two-sided."""
        combinations = total = 1  # of k of the pairs, and of up to k
        for k in range(min(self.better, self.pairs - self.better)):
            combinations = combinations * (self.pairs - k) // (k + 1)
            total += combinations
        return min(1.0, 2 * total / 2 ** self.pairs)

    def words(self) -> str:
        """Return for example '31 of 40, p .001', '-' for no pairs."""
        if not self.pairs:
            return '-'
        p = '< .001' if self.p < 0.001 else f'{self.p:.3f}'.removeprefix('0')
        return f'{self.better} of {self.pairs}, p {p}'


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


def split(first: Mapping[tuple[int, int], float], other: Mapping[tuple[int, int], float],
          sign: int) -> Split:
    """Return the split of the pairs that both have and that are not equal."""
    both = [(first[key], other[key]) for key in first if key in other]
    ahead = [sign * a > sign * b for a, b in both if a != b and not np.isnan([a, b]).any()]
    return Split(sum(ahead), len(ahead))


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
