# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.vocabularies import random_rows, random_tree

from residual_features_ros.vocabulary.bag import BagOfWords, score
from residual_features_ros.vocabulary.inverted_index import InvertedIndex


def bag(words, weights):
    return BagOfWords(np.array(words, np.int32), np.array(weights, np.float32))


def filled(capacity=10):
    """Return three images' bags and an index that has them."""
    bags = [bag([1, 2], [0.5, 0.5]), bag([2, 3], [0.25, 0.75]), bag([4], [1])]
    index = InvertedIndex(capacity)
    assert [index.add(one) for one in bags] == [0, 1, 2]
    return bags, index


def test_the_best_images_come_first():
    _, index = filled()
    asked = bag([2, 3], [0.5, 0.5])
    assert index.scores(asked).tolist() == [0.5, 0.75, 0]
    assert index.query(asked, 5) == [(1, 0.75), (0, 0.5)]
    assert index.query(asked, 1) == [(1, 0.75)]
    assert index.query(asked, 5, before=1) == [(0, 0.5)] and index.query(asked, 5, before=0) == []
    assert index.query(bag([9], [1]), 5) == [] and index.query(bag([], []), 5) == []


def test_of_equal_images_the_earlier_comes_first():
    index = InvertedIndex(5)
    for _ in range(3):
        index.add(bag([7], [1]))
    assert index.query(bag([7], [1]), 2) == [(0, 1), (1, 1)]


def test_the_oldest_leave_and_numbers_stay():
    bags, index = filled(2)
    assert (len(index), index.first) == (2, 1)
    assert index.query(bags[0], 5) == [(1, 0.25)]  # word 2 of image 1; image 0 is gone
    assert index.query(bags[0], 5, before=1) == []
    assert index.add(bag([], [])) == 3 and index.query(bags[1], 5) == []
    assert index.query(bags[2], 5) == [(2, 1)]
    assert index.add(bags[1]) == 4 and index.scores(bags[1]).tolist() == [0, 1]
    assert len(index._postings) == 2 and len(index._held) == 2


def test_scores_are_those_of_pairs():
    tree, rng = random_tree(), np.random.default_rng(5)
    bags = [tree.transform(random_rows(rng, 40)) for _ in range(30)]
    index = InvertedIndex(12)
    for one in bags:
        index.add(one)
    np.testing.assert_allclose(index.scores(bags[3]),
                               [score(bags[3], held) for held in bags[18:]], rtol=1e-6)


def test_an_index_holds_one_image_at_least():
    with pytest.raises(ValueError, match='1 image or more, got 0'):
        InvertedIndex(0)


def test_an_empty_index_answers_nothing():
    assert InvertedIndex(3).query(bag([1], [1]), 5) == []


def test_the_bytes_are_those_of_words_and_of_their_images():
    _, index = filled()
    assert index.nbytes == 20 * 5 + 300 * 4
    _, small = filled(1)
    assert small.nbytes == 20 + 300 and InvertedIndex(3).nbytes == 0
