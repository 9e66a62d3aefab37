# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Thresholds of matching, off the distances of right and of wrong nearest neighbours."""
from __future__ import annotations

from typing import Any

import numpy as np

from residual_features_ros.thresholds import (
    LEAST_RECALL,
    PRECISION,
    RECALL,
    MatchThresholds,
)
from training.calibration.neighbours import Neighbours

BINS = 60
DIGITS = 4  # of thresholds


def fit_thresholds(found: Neighbours) -> MatchThresholds:
    """Return the thresholds of neighbours that are there to be fitted on.

    Raises:
        ValueError: none is right.
    """
    if not (found.right & found.mutual).any():
        raise ValueError(f'not one of {len(found.right)} nearest neighbours is right')
    low = keeping(found.distances[found.right & found.mutual], RECALL)
    high = keeping(found.led[found.led_right], RECALL)
    near = found.distances <= low
    ratio = max(largest_precise(found.ratios[near], found.right[near]),
                keeping(found.ratios[near & found.right], LEAST_RECALL))
    low, high, ratio = (float(f'{value:.{DIGITS}g}') for value in (low, max(high, low), ratio))
    return MatchThresholds(low, high, ratio)


def keeping(values: np.ndarray, share: float) -> float:
    """Return the least of values (K,) that a share of them does not exceed."""
    return float(np.quantile(values, share, method='inverted_cdf'))


def largest_precise(values: np.ndarray, right: np.ndarray) -> float:
    """Return the largest of values (K,) up to which PRECISION are right, 0 where there is none."""
    order = np.argsort(values, kind='stable')
    values, right = values[order], right[order]
    shares = np.cumsum(right) / np.arange(1, len(values) + 1)
    is_last = np.append(values[1:] != values[:-1], True)  # of equal ones
    precise = np.flatnonzero(is_last & (shares >= PRECISION))
    return float(values[precise[-1]]) if len(precise) else 0.0


def measure(thresholds: MatchThresholds, others: Neighbours) -> dict[str, dict[str, float]]:
    """Return precision and recall of each threshold.

    Of low among mutual nearest neighbours, of high among the nearest of the windows, of ratio,
    together with low, among nearest neighbours.
    """
    near = others.distances <= thresholds.low
    return {
        'low': kept(near[others.mutual], others.right[others.mutual]),
        'high': kept(others.led <= thresholds.high, others.led_right),
        'ratio': kept(near & (others.ratios <= thresholds.ratio), others.right)}


def kept(mask: np.ndarray, right: np.ndarray) -> dict[str, float]:
    """Return which share of what a mask (K,) keeps is right, and which of the right it keeps."""
    both = int((mask & right).sum())
    return {'precision': both / max(int(mask.sum()), 1), 'recall': both / max(int(right.sum()), 1)}


def histograms(found: Neighbours) -> dict[str, Any]:
    """Return how many distances and ratios lie in BINS equal steps from 0.

    'distances' are of nearest neighbours that are right and mutual, of right ones of windows, and
    of wrong nearest neighbours; 'ratios' of right and wrong nearest neighbours.
    """
    right, led = found.right & found.mutual, found.led[found.led_right]
    most = max(found.distances.max(), led.max(initial=0))
    # A step is a whole number of bits, else some would hold more numbers of bits than others.
    whole = bool((found.distances == np.rint(found.distances)).all())
    step = max(np.ceil(most / BINS), 1) if whole else most / BINS
    return {
        'unit': 'bits' if whole else 'L2 of the descriptors',
        'distances': {'step': float(step), **counted(step, {
            'right': found.distances[right], 'right in windows': led,
            'wrong': found.distances[~found.right]})},
        'ratios': {'step': 1 / BINS, **counted(1 / BINS, {
            'right': found.ratios[found.right], 'wrong': found.ratios[~found.right]})}}


def counted(step: float, values: dict[str, np.ndarray]) -> dict[str, list[int]]:
    """Return how many values lie in each of BINS steps, what is beyond them in the last one."""
    return {name: np.bincount(np.minimum(some / step, BINS - 1).astype(int),
                              minlength=BINS).tolist() for name, some in values.items()}
