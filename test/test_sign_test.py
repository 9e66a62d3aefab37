# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.sign_test import Split, split


@pytest.mark.parametrize('better, pairs, p', [
    (5, 5, 2 / 32), (0, 5, 2 / 32), (4, 5, 12 / 32), (2, 4, 1.0), (0, 0, 1.0),
    (20_000, 40_000, 1.0), (20_196, 40_000, 0.0506), (0, 40_000, 0.0)])
def test_p_is_that_of_the_sign_test(better, pairs, p):
    assert Split(better, pairs).p == pytest.approx(p, rel=0.01)


@pytest.mark.parametrize(('sign', 'expected'), [(1, Split(1, 3)), (-1, Split(2, 3))])
def test_equal_pairs_missing_ones_and_nan_do_not_count(sign, expected):
    first = {'a': 1.0, 'b': 2.0, 'c': 0.0, 'd': 5.0, 'e': np.nan, 'f': 1.0}
    other = {'a': 2.0, 'b': 1.0, 'c': 3.0, 'd': 5.0, 'e': 1.0, 'g': 1.0}
    assert split(first, other, sign) == expected


def test_words():
    assert Split(5, 5).words() == '5 of 5, p .062'
    assert Split(30, 30).words() == '30 of 30, p < .001'
    assert Split(2, 4).words() == '2 of 4, p 1.000'
    assert Split(0, 0).words() == '-'
