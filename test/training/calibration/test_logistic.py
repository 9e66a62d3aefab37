# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from training.calibration.logistic import fit, fit_model, rounded


def test_one_input_that_says_nothing_leaves_the_share_that_is_right():
    weights, bias = fit(np.zeros((8, 1)), np.array([True] * 6 + [False] * 2))
    assert weights.tolist() == [0]
    assert bias == pytest.approx(np.log(6 / 2), abs=1e-6)


def test_two_groups_get_their_log_odds():
    # Input 0: 1 of 4 is right, input 1: 3 of 4.
    inputs = np.repeat([[0.0], [1.0]], 4, 0)
    right = np.array([True, False, False, False, True, True, True, False])
    weights, bias = fit(inputs, right)
    assert bias == pytest.approx(-np.log(3), abs=1e-3)
    assert weights == pytest.approx([2 * np.log(3)], abs=2e-3)


def test_known_weights_are_found_again_and_what_says_nothing_has_no_term():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 40_000)
    right = rng.random(len(x)) < 1 / (1 + np.exp(-(0.5 + 2 * x - 1.5 * x * x)))
    model = fit_model({'distance': x, 'angle': np.zeros(len(x))}, right)
    assert list(model.terms) == ['distance']
    term = model.terms['distance']
    assert (model.bias, term.linear, term.square) == pytest.approx((0.5, 2, -1.5), abs=0.15)
    assert (term.low, term.high) == pytest.approx((-0.98, 0.98), abs=0.01)


@pytest.mark.parametrize(('right', 'word'), [(True, 'right'), (False, 'wrong')])
def test_one_kind_alone_is_an_error(right, word):
    with pytest.raises(ValueError, match=f'all 3 matches are {word}'):
        fit_model({'ratio': np.arange(3.0)}, np.full(3, right))


def test_nine_digits_are_written():
    assert rounded(1 / 3) == 0.333333333 and rounded(123456789.4) == 123456789
