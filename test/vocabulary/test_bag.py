# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.vocabulary.bag import BagOfWords, score


def bag(**weights):
    words = [int(word[1:]) for word in weights]
    return BagOfWords(np.array(words, np.int32), np.array(list(weights.values()), np.float32))


def dense(one, size=10):
    values = np.zeros(size)
    values[one.words] = one.weights
    return values


def test_the_score_is_worked_out_by_hand():
    a, b = bag(w1=0.5, w4=0.25, w7=0.25), bag(w1=0.25, w2=0.5, w7=0.25)
    # |a - b| = 0.25 + 0.5 + 0.25 + 0, half of it from 1
    assert score(a, b) == score(b, a) == 0.5
    assert score(a, a) == 1 and score(a, bag(w0=1)) == 0


def test_the_score_is_one_less_half_the_distance():
    rng = np.random.default_rng(3)
    for _ in range(20):
        one, other = (BagOfWords(np.sort(rng.choice(10, n, replace=False)).astype(np.int32),
                                 rng.dirichlet(np.ones(n)).astype(np.float32)) for n in (5, 6))
        assert score(one, other) == pytest.approx(1 - np.abs(dense(one) - dense(other)).sum() / 2)


def test_an_empty_bag_is_like_none():
    assert score(bag(), bag()) == score(bag(), bag(w0=1)) == 0 and len(bag()) == 0


@pytest.mark.parametrize(('words', 'weights'), [
    ([1, 2], [1]), ([[1]], [[1]]), ([2, 1], [0.5, 0.5]), ([1, 1], [0.5, 0.5])])
def test_what_is_no_bag(words, weights):
    with pytest.raises(ValueError, match='bag'):
        BagOfWords(np.array(words, np.int32), np.array(weights, np.float32))
