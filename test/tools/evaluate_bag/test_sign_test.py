# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.geometry.relative_pose import STANDING
from residual_features_ros.tools.evaluate_bag.methods import Record
from residual_features_ros.tools.evaluate_bag.scores import Pair, Score
from residual_features_ros.tools.evaluate_bag.sign_test import Split, compare

EMPTY = np.zeros((0, 2), np.float32)


def score(*rows):
    """Return the score of pairs: inliers, and the error of rotation, None for no motion."""
    pairs = []
    for number, (inliers, error) in enumerate(rows, 1):
        record = Record(number, number - 1, 9, EMPTY, EMPTY, np.zeros(0, int), 1, 1)
        pairs.append(Pair(record, np.ones(inliers, bool), None if error is None else STANDING,
                          np.nan if error is None else error, np.nan, 1.0))
    return Score([], pairs)


@pytest.mark.parametrize('better, pairs, p', [
    (5, 5, 2 / 32), (0, 5, 2 / 32), (4, 5, 12 / 32), (2, 4, 1.0), (0, 0, 1.0),
    (20_000, 40_000, 1.0), (20_196, 40_000, 0.0506), (0, 40_000, 0.0)])
def test_p_is_that_of_the_sign_test(better, pairs, p):
    assert Split(better, pairs).p == pytest.approx(p, rel=0.01)


def test_pairs_are_counted_for_the_first_method():
    first = score((9, 0.1), (8, 0.1), (7, 0.1), (6, None), (5, 0.3))
    other = score((8, 0.2), (8, 0.1), (8, None), (5, 0.5), (4, None))
    splits = compare({'a': first, 'b': other})['b']
    assert splits['inliers'] == Split(3, 4)  # equal ones do not count
    assert splits['rotation_deg'] == Split(3, 4)  # no motion is the worst
    assert splits['direction_deg'] == Split(0, 0)  # not known


def test_words():
    assert Split(5, 5).words() == '5 of 5, p .062'
    assert Split(30, 30).words() == '30 of 30, p < .001'
    assert Split(2, 4).words() == '2 of 4, p 1.000'
    assert Split(0, 0).words() == '-'
    assert compare({'alone': score((1, 0.1))}) == {}
