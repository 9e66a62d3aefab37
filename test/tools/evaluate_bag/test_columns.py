# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from residual_features_ros.tools.evaluate_bag.columns import (
    best,
    best_cells,
    headings,
    known_columns,
    row,
)

COLUMNS = (('pairs', 'pairs', 'd', None), ('inliers', 'inliers', '.0f', True),
           ('rotation_deg', 'rot deg', '.2f', False), ('ms', 'ms', '.1f', False))
METHODS = {'a': {'pairs': 4, 'inliers': 12.2, 'rotation_deg': float('nan')},
           'b': {'pairs': 4, 'inliers': 11.4, 'rotation_deg': 0.123}}


def test_a_column_without_a_number_is_left_out():
    columns = known_columns(COLUMNS, METHODS.values())
    assert headings(columns) == ['pairs', 'inliers', 'rot deg']
    assert [row(name, figures, columns) for name, figures in METHODS.items()] == \
        [['a', '4', '12', '-'], ['b', '4', '11', '0.12']]
    assert known_columns(COLUMNS, []) == []


def test_the_best_is_what_looks_best():
    assert best(['9', '10', '-'], True) == '10' and best(['9', '10', '-'], False) == '9'
    assert best(['9', '9'], True) is None  # equals
    assert best(['9', '-'], True) is None and best(['9', '10'], None) is None
    assert best_cells([['a', '4', '12', '0.5'], ['b', '4', '11', '0.1']], COLUMNS[:3]) == \
        [None, '12', '0.1']
