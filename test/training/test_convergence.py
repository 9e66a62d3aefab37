# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from training.convergence import Factor, Reach, factor, last_rise, over_seeds, reach


def test_a_score_is_reached_at_a_validation_and_never_between_two():
    costs, scores = [0, 50, 100, 150], [0.0, 0.2, 0.8, 0.9]
    assert reach(costs, scores, 0.5) == Reach(50, 100)
    assert reach(costs, scores, 0.8) == Reach(50, 100)
    assert reach(costs, scores, 0.85) == Reach(100, 150)
    assert reach(costs, scores, 0.95) == Reach(150, None)


def test_a_score_must_be_kept():
    assert reach([0, 50, 100], [0.5, 0.1, 0.5], 0.3) == Reach(50, 100)
    assert reach([0, 50, 100], [0.5, 0.6, 0.1], 0.3) == Reach(100, None)
    assert reach([0, 50], [0.5, 0.6], 0.4) == Reach(0, 0)


def test_a_factor_by_hand():
    found = factor(Reach(50, 100), Reach(600, 800))
    assert found == Factor(8, 8, 6, 16)


@pytest.mark.parametrize(('fused', 'rival', 'expected'), [
    (Reach(50, 100), Reach(900, None), Factor(None, None, 9, None)),  # at least
    (Reach(200, None), Reach(50, 100), Factor(None, None, None, 0.5)),  # at most
    (Reach(0, 50), Reach(100, 150), Factor(3, 3, 2, None)),  # before the first validation
    (Reach(0, 0), Reach(100, 150), Factor(None, None, None, None)),  # before the first step
    (Reach(200, None), Reach(200, None), Factor(None, None, None, None))])
def test_what_is_not_known_of_a_factor_is_open(fused, rival, expected):
    assert factor(fused, rival) == expected


def test_the_interval_holds_that_of_every_seed():
    found = over_seeds([Factor(8, 8, 6, 16), Factor(10, 10, 5, 12)])
    assert found == Factor(8, 10, 5, 16)
    found = over_seeds([Factor(8, 8, 6, 16), Factor(None, None, 9, None)])
    assert found == Factor(None, None, 6, None)


def test_the_last_third_is_compared_with_the_one_before():
    assert last_rise([0, 30, 60, 90], [0.1, 0.2, 0.3, 0.35]) == pytest.approx(0.05)
    assert last_rise([0, 50, 80, 90], [0.1, 0.4, 0.39, 0.3]) == pytest.approx(-0.01)
    assert last_rise([0, 10, 90], [0.1, 0.2, 0.3]) is None
