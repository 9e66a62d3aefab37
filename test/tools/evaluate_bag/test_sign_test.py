# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from residual_features_ros.geometry.relative_pose import STANDING
from residual_features_ros.sign_test import Split
from residual_features_ros.tools.evaluate_bag.methods import Record
from residual_features_ros.tools.evaluate_bag.scores import Pair, Score
from residual_features_ros.tools.evaluate_bag.sign_test import compare

EMPTY = np.zeros((0, 2), np.float32)


def score(*rows):
    """Return the score of pairs: inliers, and the error of rotation, None for no motion."""
    pairs = []
    for number, (inliers, error) in enumerate(rows, 1):
        record = Record(number, number - 1, 9, EMPTY, EMPTY, np.zeros(0, int), 1, 1)
        pairs.append(Pair(record, np.ones(inliers, bool), None if error is None else STANDING,
                          np.nan if error is None else error, np.nan, 1.0))
    return Score([], pairs)


def test_pairs_are_counted_for_the_first_method():
    first = score((9, 0.1), (8, 0.1), (7, 0.1), (6, None), (5, 0.3))
    other = score((8, 0.2), (8, 0.1), (8, None), (5, 0.5), (4, None))
    splits = compare({'a': first, 'b': other})['b']
    assert splits['inliers'] == Split(3, 4)  # equal ones do not count
    assert splits['rotation_deg'] == Split(3, 4)  # no motion is the worst
    assert splits['direction_deg'] == Split(0, 0)  # not known


def test_a_method_alone_is_compared_with_none():
    assert compare({'alone': score((1, 0.1))}) == {}
