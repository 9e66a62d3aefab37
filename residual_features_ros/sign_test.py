# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The sign test of two methods on the same pairs of images: whether a difference is luck.

It asks how likely a split so uneven is if either method were better as often as the other, and
takes the pairs for independent, which neighbours in a video are not.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Key = TypeVar('Key')


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


def split(first: Mapping[Key, float], other: Mapping[Key, float], sign: int) -> Split:
    """Return the split of the pairs that both have and that are not equal; NaN is left out.

    Args:
        first: a number of each pair.
        other: the same of the other method.
        sign: 1 where larger is better, -1 where smaller is.
    """
    both = [(first[key], other[key]) for key in first if key in other]
    ahead = [sign * a > sign * b for a, b in both if a != b and not np.isnan([a, b]).any()]
    return Split(sum(ahead), len(ahead))
