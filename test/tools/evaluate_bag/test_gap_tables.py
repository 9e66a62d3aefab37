# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from residual_features_ros.tools.evaluate_bag.columns import headings
from residual_features_ros.tools.evaluate_bag.gap_tables import (
    columns,
    groups,
    labelled_splits,
    legend,
)
from residual_features_ros.tools.evaluate_bag.gaps import GapResult, gap_figures
from residual_features_ros.tools.evaluate_bag.pairs import PairFigures
from residual_features_ros.tools.evaluate_bag.sign_test import compare

KNOWN = {'a': [PairFigures(0, 2, 100, 50, True, 0.5, 2.5, 1.0)],
         'b': [PairFigures(0, 2, 80, 40, True, 1.5, 2.5, 1.0)]}
UNKNOWN = {name: [PairFigures(0, 4, 60, 30, True)] for name in 'ab'}
NONE = {'a': [], 'b': []}


def result(pairs):
    return GapResult({name: gap_figures(found, True) for name, found in pairs.items()},
                     compare(pairs))


def test_a_row_for_each_gap_and_method():
    results = {2: result(KNOWN), 4: result(UNKNOWN), 64: result(NONE)}
    assert headings(columns(results)) == [
        'pairs', 'matches', 'inliers', 'ratio', 'rot deg', 'dir deg', 'accurate', 'share', 'mAA@5']
    assert groups(results) == [
        [['gap 2: a', '1', '100', '50', '0.500', '0.500', '2.50', '1', '1.000', '0.600'],
         ['gap 2: b', '1', '80', '40', '0.500', '1.500', '2.50', '0', '0.000', '0.600']],
        [['gap 4: a', '1', '60', '30', '0.500', *5 * '-'],
         ['gap 4: b', '1', '60', '30', '0.500', *5 * '-']],
        [['gap 64: a', '0', *8 * '-'], ['gap 64: b', '0', *8 * '-']]]
    splits = labelled_splits(results)
    assert list(splits) == ['gap 2: than b', 'gap 4: than b', 'gap 64: than b']
    assert splits['gap 2: than b']['rotation_deg'].better == 1


def test_what_is_not_known_has_no_column_and_no_legend():
    results = {4: result(UNKNOWN)}
    assert headings(columns(results)) == ['pairs', 'matches', 'inliers', 'ratio']
    assert list(legend(results)) == ['gap']
    assert list(legend({2: result(KNOWN)})) == ['gap', 'accurate, share', 'mAA@5']
    assert 'less than 1 degree' in legend({2: result(KNOWN)})['accurate, share']
    assert legend({}) == {}
