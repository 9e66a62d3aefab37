# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which of the keypoints that were found go on to be described."""
from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from residual_features_ros.types import Features

CANDIDATES = 3.0  # times as many as are wanted are looked at where they are to be spread evenly
REPEATED = 1.5  # times as many where some repeat a place: a fifth to a quarter of SIFT's
CELL_TOLERANCE = 0.02  # of the number of cells


@dataclass(frozen=True)
class Choice:
    """How keypoints are chosen.

    count: most of them.
    spread: share of them that are chosen evenly over the image, in [0, 1]: the strongest of each
        cell of a grid that has as many cells with keypoints. The others are the strongest of the
        rest.
    orientations: most keypoints of one place, 0 for as many as the detector gives.
    """

    count: int
    spread: float = 0.0
    orientations: int = 0

    @property
    def candidates(self) -> int:
        """Return how many keypoints a detector should find."""
        return math.ceil(self.count * (1 + (CANDIDATES - 1) * self.spread)
                         * (REPEATED if self.orientations else 1))


def first_orientations(features: Features, orientations: int) -> Features:
    """Return features without further orientations of a place than the first `orientations`.

    A place is x, y and size. The order stays.
    """
    if not len(features):
        return features
    columns = (*features.keypoints.T, features.sizes)
    order = np.lexsort(columns)  # keeps the order of equals
    differs = np.any([np.diff(column[order]) != 0 for column in columns], axis=0)
    starts = np.concatenate([[True], differs])
    first = np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - first
    return features.take(rank < orientations)


def find_places(find: Callable[[int], Features], choice: Choice) -> Features:
    """Return what `find` finds, without further orientations, enough to choose from.

    Args:
        find: returns as many of the strongest keypoints as it is asked for, or all there are.
        choice: how many places are wanted.
    """
    asked = choice.candidates
    found = find(asked)
    if not choice.orientations:
        return found
    places = first_orientations(found, choice.orientations)
    while len(found) >= asked and len(places) < choice.count:
        asked *= 2
        found = find(asked)
        places = first_orientations(found, choice.orientations)
    return places


def choose(features: Features, choice: Choice) -> Features:
    """Return the keypoints that go on of those of `find_places`, both strongest first."""
    count, evenly = choice.count, round(choice.spread * choice.count)
    if len(features) <= count or not evenly:
        return features.take(np.arange(min(count, len(features))))
    first = of_each_cell(features, evenly)
    is_left = np.ones(len(features), bool)
    is_left[first] = False
    rest = np.flatnonzero(is_left)[:count - len(first)]
    return features.take(np.sort(np.concatenate([first, rest])))


def of_each_cell(features: Features, count: int) -> np.ndarray:
    """Return the indices of at most `count` keypoints, the strongest of each cell of a grid.

    The grid is the finest whose cells with keypoints are no more than `count`; ORB-SLAM's
    quadtree stops at about the same cells.
    """
    width, height = features.image_size
    low, high = 1.0, float(max(width, height))  # sides of cells with too many, and with few
    chosen = np.zeros(1, np.int64)
    while high / low > 1 + CELL_TOLERANCE:
        side = math.sqrt(low * high)
        column, row = (features.keypoints // side).astype(np.int64).T
        _, first = np.unique(row * (width + 1) + column, return_index=True)
        if len(first) > count:
            low = side
        else:
            high, chosen = side, first
    return np.asarray(chosen)


def strongest(features: Features, count: int) -> Features:
    """Return the `count` features of largest response, strongest first.

    Ties are two orientations of one place, as a rule: the order is that of x and angle, then of
    y, size and octave, and not OpenCV's, which depends on the keypoints that it dropped.
    """
    if 0 < count < len(features):
        least = np.partition(features.responses, -count)[-count]
        features = features.take(features.responses >= least)
    x, y = features.keypoints.T
    keys = (features.octaves, features.sizes, y, features.angles, x, -features.responses)
    return features.take(np.lexsort(keys)[:count])
