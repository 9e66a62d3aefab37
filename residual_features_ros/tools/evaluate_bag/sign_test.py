# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two methods on the same pairs of images: whether a difference is more than luck.

Medians of few pairs differ by luck. The sign test asks how likely a split so uneven is if either
method were better as often as the other; it takes neighbouring pairs for independent.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from residual_features_ros.tools.evaluate_bag.scores import Pair, Score

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


def compare(scores: Mapping[str, Score]) -> dict[str, dict[str, Split]]:
    """Return, for each method but the first, how the first one does against it, by quantity."""
    (_, first), *others = scores.items()
    return {name: {quantity: split(values(first, quantity), values(other, quantity), sign)
                   for quantity, _, sign in QUANTITIES} for name, other in others}


def values(score: Score, quantity: str) -> dict[tuple[int, int], float]:
    """Return a number of each pair by the stamps of its images."""
    return {(int(pair.record.previous_ns or 0), pair.record.stamp_ns): value(pair, quantity)
            for pair in score.pairs}


def value(pair: Pair, quantity: str) -> float:
    """Return a number of a pair; an error is NaN without ground truth, infinite without motion."""
    if quantity == 'inliers':
        return float(pair.inliers.sum())
    lost = pair.motion is None and np.isfinite(pair.baseline)
    return np.inf if lost else getattr(pair, quantity)


def split(first: Mapping[tuple[int, int], float], other: Mapping[tuple[int, int], float],
          sign: int) -> Split:
    """Return the split of the pairs that both have and that are not equal."""
    both = [(first[key], other[key]) for key in first if key in other]
    ahead = [sign * a > sign * b for a, b in both if a != b and not np.isnan([a, b]).any()]
    return Split(sum(ahead), len(ahead))
