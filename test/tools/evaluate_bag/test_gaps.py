# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of pairs further apart, worked out by hand."""
import numpy as np
import pytest

from residual_features_ros.tools.evaluate_bag.gaps import (
    GapResult,
    gap_figures,
    gap_notes,
    results_by_gap,
)
from residual_features_ros.tools.evaluate_bag.pairs import PairFigures
from residual_features_ros.tools.evaluate_bag.scores import Score
from residual_features_ros.tools.evaluate_bag.sign_test import Split

NAN = float('nan')


def pair(number, rotation_deg, direction_deg, inliers=40, has_motion=True, baseline=1.0):
    """Return a pair of 100 matches, the later image of which is `number`."""
    return PairFigures(number - 4, number, 100, inliers, has_motion, rotation_deg, direction_deg,
                       baseline)


PAIRS = [pair(4, 0.5, 2), pair(5, 0.5, 6, inliers=60), pair(6, 1.0, 1),
         pair(7, NAN, NAN, inliers=5, has_motion=False), pair(8, 0.9, NAN, baseline=0.003),
         pair(9, NAN, NAN, inliers=95, baseline=NAN)]


def test_figures_by_hand():
    found = gap_figures(PAIRS, True)
    assert (found['pairs'], found['pairs_with_motion'], found['pairs_with_truth']) == (6, 5, 5)
    assert (found['matches'], found['inliers']) == (100, 40)
    assert found['inlier_ratio'] == pytest.approx((3 * 40 + 60 + 5 + 95) / 600)
    assert found['rotation_deg'] == 0.9  # of .5 .5 .9 1 180
    assert found['direction_deg'] == 4  # of 1 2 6 180: 3 mm have none
    # The first, and that of 3 mm by its rotation alone; 1 degree is not below 1 degree.
    assert found['accurate'] == 2 and found['accurate_share'] == 2 / 5
    # The larger errors are 2 6 1 180 .9: below 1, 2, ... 5 degrees are 1, 2, 3, 3, 3 of 5.
    assert found['maa@5'] == pytest.approx(12 / 25)


def test_all_failed_is_none_accurate():
    found = gap_figures([pair(4, NAN, NAN, has_motion=False)] * 3, True)
    assert (found['rotation_deg'], found['direction_deg']) == (180, 180)
    assert found['accurate'] == found['accurate_share'] == found['maa@5'] == 0


ERRORS = ('rotation_deg', 'direction_deg', 'accurate', 'accurate_share', 'maa@5')


def test_without_ground_truth_camera_or_pairs_there_are_no_errors():
    for pairs, posed in ((PAIRS[5:], True), (PAIRS, False), ([], True)):
        found = gap_figures(pairs, posed)
        assert found['pairs'] == len(pairs) and all(np.isnan(found[name]) for name in ERRORS)
    assert np.isnan([found['matches'], found['inliers'], found['inlier_ratio']]).all()
    assert gap_figures(PAIRS, False)['inliers'] == 40


def test_methods_are_compared_gap_by_gap():
    better = [pair(4, 0.1, 1, inliers=50), pair(5, 0.1, 1), pair(6, 0.3, 1)]
    worse = [pair(4, 0.2, 1), pair(5, 0.1, 2, inliers=39),
             pair(6, NAN, NAN, inliers=41, has_motion=False)]
    scores = {'a': Score(gaps={4: better}), 'b': Score(gaps={4: worse})}
    results = results_by_gap(scores, (1, 4), True)
    assert list(results) == [1, 4] and list(results[4].methods) == ['a', 'b']
    assert results[4].splits == {'b': {'inliers': Split(2, 3), 'rotation_deg': Split(2, 2),
                                       'direction_deg': Split(2, 2)}}
    assert results[4].methods['b']['accurate'] == 2
    assert results[1].methods['a']['pairs'] == 0 and results[1].splits['b']['inliers'].pairs == 0


def result(pairs, with_truth):
    return GapResult({'a': {'pairs': pairs, 'pairs_with_truth': with_truth}}, {})


def test_what_a_gap_lacks_is_told():
    results = {1: result(9, 5), 2: result(8, 8), 4: result(6, 3), 5: result(5, 0),
               10: result(0, 0)}
    assert gap_notes(results, 10) == ['gap 4: ground truth for 3 of 6 pairs (--tolerance)',
                                      'gap 10: no pairs, of 10 images evaluated']
    assert gap_notes({1: result(0, 0)}, 1) == []
