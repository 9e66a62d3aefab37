# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.tools.evaluate_bag.pairs import PairFigures
from residual_features_ros.tools.evaluate_bag.sign_test import (
    Split,
    compare,
    split_cells,
    split_columns,
)


def pairs(*rows):
    """Return the figures of pairs: inliers, and the error of rotation, None for no motion."""
    return [PairFigures(number - 1, number, 99, inliers, error is not None,
                        np.nan if error is None else error, np.nan, 1.0)
            for number, (inliers, error) in enumerate(rows, 1)]


@pytest.mark.parametrize('better, pairs, p', [
    (5, 5, 2 / 32), (0, 5, 2 / 32), (4, 5, 12 / 32), (2, 4, 1.0), (0, 0, 1.0),
    (20_000, 40_000, 1.0), (20_196, 40_000, 0.0506), (0, 40_000, 0.0)])
def test_p_is_that_of_the_sign_test(better, pairs, p):
    assert Split(better, pairs).p == pytest.approx(p, rel=0.01)


def test_pairs_are_counted_for_the_first_method():
    first = pairs((9, 0.1), (8, 0.1), (7, 0.1), (6, None), (5, 0.3))
    other = pairs((8, 0.2), (8, 0.1), (8, None), (5, 0.5), (4, None))
    splits = compare({'a': first, 'b': other})['b']
    assert splits['inliers'] == Split(3, 4)  # equal ones do not count
    assert splits['rotation_deg'] == Split(3, 4)  # no motion is the worst
    assert splits['direction_deg'] == Split(0, 0)  # not known


def test_words():
    assert Split(5, 5).words() == '5 of 5, p .062'
    assert Split(30, 30).words() == '30 of 30, p < .001'
    assert Split(2, 4).words() == '2 of 4, p 1.000'
    assert Split(0, 0).words() == '-'
    assert compare({'alone': pairs((1, 0.1))}) == {}


def test_a_table_has_the_quantities_of_which_there_are_pairs():
    rows = {'than b': compare({'a': pairs((9, 0.1)), 'b': pairs((8, 0.2))})['b'],
            'than c': compare({'a': pairs((9, 0.1)), 'c': pairs((9, 0.1))})['c']}
    assert split_columns(rows.values()) == [('inliers', 'more inliers'),
                                            ('rotation_deg', 'smaller rot deg')]
    assert split_cells(rows) == [['than b', '1 of 1, p 1.000', '1 of 1, p 1.000'],
                                 ['than c', '-', '-']]
    assert split_cells({'than c': rows['than c']}) == split_cells({}) == []
