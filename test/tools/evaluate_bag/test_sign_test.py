# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from residual_features_ros.sign_test import Split
from residual_features_ros.tools.evaluate_bag.pairs import PairFigures
from residual_features_ros.tools.evaluate_bag.sign_test import compare, split_cells, split_columns


def pairs(*rows):
    """Return the figures of pairs: inliers, and the error of rotation, None for no motion."""
    return [PairFigures(number - 1, number, 99, inliers, error is not None,
                        np.nan if error is None else error, np.nan, 1.0)
            for number, (inliers, error) in enumerate(rows, 1)]


def test_pairs_are_counted_for_the_first_method():
    first = pairs((9, 0.1), (8, 0.1), (7, 0.1), (6, None), (5, 0.3))
    other = pairs((8, 0.2), (8, 0.1), (8, None), (5, 0.5), (4, None))
    splits = compare({'a': first, 'b': other})['b']
    assert splits['inliers'] == Split(3, 4)  # equal ones do not count
    assert splits['rotation_deg'] == Split(3, 4)  # no motion is the worst
    assert splits['direction_deg'] == Split(0, 0)  # not known


def test_a_method_alone_is_compared_with_none():
    assert compare({'alone': pairs((1, 0.1))}) == {}


def test_a_table_has_the_quantities_of_which_there_are_pairs():
    rows = {'than b': compare({'a': pairs((9, 0.1)), 'b': pairs((8, 0.2))})['b'],
            'than c': compare({'a': pairs((9, 0.1)), 'c': pairs((9, 0.1))})['c']}
    assert split_columns(rows.values()) == [('inliers', 'more inliers'),
                                            ('rotation_deg', 'smaller rot deg')]
    assert split_cells(rows) == [['than b', '1 of 1, p 1.000', '1 of 1, p 1.000'],
                                 ['than c', '-', '-']]
    assert split_cells({'than c': rows['than c']}) == split_cells({}) == []
