# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.thresholds import MatchThresholds
from training.calibration.neighbours import Neighbours
from training.calibration.thresholds import (
    BINS,
    fit_thresholds,
    histograms,
    keeping,
    largest_precise,
    measure,
)


def made(distances, seconds, right, mutual, led, led_right):
    return Neighbours(*map(np.array, (distances, seconds, right, mutual, led, led_right)),
                      np.full(len(right), 'fit'))


def hundred(wrong=10):
    """Return 80 right neighbours at 1 ... 80 bits, 20 more of windows alone, and wrong ones."""
    right = np.arange(1, 101)
    is_right = right <= 80
    return made(np.append(right, np.full(wrong, 30)), np.append(2 * right, np.full(wrong, 31)),
                np.append(is_right, np.zeros(wrong, bool)), np.ones(100 + wrong, bool),
                np.append(right, np.full(wrong, np.inf)),
                np.append(right > 0, np.zeros(wrong, bool)))


def test_thresholds_by_hand():
    found = fit_thresholds(hundred())
    # 76 of the 80 right mutual ones are within 76 bits, 95 of the 100 in windows within 95.
    assert (found.low, found.high) == (76, 95)
    assert found.ratio == 0.5  # with the ten wrong ones, of ratio .97, 88 % are right


def test_few_wrong_ones_need_no_ratio():
    assert fit_thresholds(hundred(wrong=1)).ratio == pytest.approx(30 / 31, abs=1e-4)


def test_half_of_the_right_ones_are_kept_where_few_are_precise():
    right = np.arange(1, 21) / 20  # their ratios; the wrong ones have the same
    ratios = np.append(right, right)
    found = fit_thresholds(made(ratios, np.ones(40), np.arange(40) < 20, np.ones(40, bool),
                                ratios, np.arange(40) < 20))
    assert found.low == 0.95 and found.ratio == 0.5  # 10 of the 19 right ones within low


def test_95_percent_are_kept_and_ties_go_together():
    assert keeping(np.arange(1, 21), 0.95) == 19 and keeping(np.array([7.0]), 0.95) == 7
    assert largest_precise(np.array([0.1, 0.1, 0.2]), np.array([True, False, False])) == 0
    right = np.array([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1], bool)
    values = np.array([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.3])
    assert largest_precise(values, right) == 0.3  # 10 of 11
    assert largest_precise(values[:10], right[:10]) == 0.2  # 9 of 10
    assert largest_precise(np.append(values[:9], 0.2), np.append(right[:8], [0, 0])) == 0.1


def test_nothing_right_cannot_be_fitted():
    found = hundred()
    with pytest.raises(ValueError, match='not one of 110'):
        fit_thresholds(made(found.distances, found.seconds, found.right & False, found.mutual,
                            found.led, found.led_right))


def test_what_thresholds_keep():
    kept = measure(MatchThresholds(40, 50, 0.5), hundred())
    assert kept['low'] == {'precision': 0.8, 'recall': 0.5}  # 40 right and 10 wrong; of 80
    assert kept['high'] == {'precision': 1.0, 'recall': 0.5}
    assert kept['ratio'] == {'precision': 1.0, 'recall': 0.5}


def test_histograms_count_all():
    found = histograms(hundred())
    distances = found['distances']
    assert found['unit'] == 'bits' and distances['step'] == 2.0
    assert (sum(distances['right']), sum(distances['wrong'])) == (80, 30)
    assert sum(distances['right in windows']) == 100 and len(distances['right']) == BINS
    assert distances['right'][:3] == [1, 2, 2]
    assert sum(found['ratios']['right']) == 80 and found['ratios']['right'][BINS // 2] == 80
