# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Methods on the same pairs of a bag's images: medians of few pairs differ by luck."""
from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from residual_features_ros.sign_test import Split, split
from residual_features_ros.tools.evaluate_bag.scores import Pair, Score

# name, heading, sign of what is better when larger
QUANTITIES = (('inliers', 'more inliers', 1), ('rotation_deg', 'smaller rot deg', -1),
              ('direction_deg', 'smaller dir deg', -1))


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
