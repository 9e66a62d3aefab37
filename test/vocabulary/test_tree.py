# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
from support.vocabularies import A, B, C, D, by_hand, in_numbers, random_rows, random_tree

from residual_features_ros.errors import VocabularyError
from residual_features_ros.vocabulary import descent

# Nearest of a and b, then of c and d: 1 bit from a then to c; 2 bits from b; d's own.
ROWS = np.array([[0b00000011], [0b11111100], [0b11000000], [0b00000001]], np.uint8)


@pytest.fixture(params=['compiled', 'numpy'], autouse=True)
def way(request, monkeypatch):
    if request.param == 'numpy':
        monkeypatch.setattr(descent, 'has_compiler', lambda: False)


def test_words_are_the_leaves_in_the_order_of_their_ids():
    tree = by_hand()
    assert tree.words.tolist() == [B, C, D] and tree.word_of.tolist() == [-1, -1, 0, 1, 2]
    assert tree.depths.tolist() == [0, 1, 1, 2, 2] and tree.binary


def test_descriptors_come_to_the_nearest_leaf():
    assert by_hand().leaves(ROWS).tolist() == [C, B, D, C]
    points = np.array([[-0.1, 0.1], [0.1, 9], [-3, -1]], np.float32)
    assert in_numbers().leaves(points).tolist() == [D, B, C] and not in_numbers().binary


def test_of_equally_near_children_the_first_is_taken():
    assert by_hand().leaves(np.array([[0b00001111]], np.uint8)).tolist() == [C]  # 4 bits of both
    assert in_numbers().leaves(np.zeros((1, 2), np.float32)).tolist() == [C]


def test_weights_are_worked_out_by_hand():
    bag = by_hand().transform(ROWS)
    # b once of idf 1, c twice of 2, d once of 0.5: 1, 4, 0.5 over 5.5
    assert bag.words.tolist() == [0, 1, 2]
    np.testing.assert_allclose(bag.weights, np.array([1, 4, 0.5]) / 5.5, rtol=1e-6)
    assert (bag.words.dtype, bag.weights.dtype) == (np.int32, np.float32)


def test_a_word_that_all_images_have_is_left_out():
    tree = dataclasses.replace(by_hand(), weights=np.array([0, 0, 1, 0, 0], np.float32))
    bag = tree.transform(ROWS)
    assert bag.words.tolist() == [0] and bag.weights.tolist() == [1]
    assert len(tree.transform(ROWS[2:])) == 0


def test_no_descriptors_have_no_words():
    assert len(by_hand().transform(ROWS[:0])) == 0 and by_hand().nodes(ROWS[:0], 1).shape == (0,)


@pytest.mark.parametrize(('levels_up', 'nodes'), [
    (0, [C, B, D, C]), (1, [A, B, A, A]), (2, [0, 0, 0, 0]), (9, [0, 0, 0, 0])])
def test_nodes_are_so_many_levels_above_the_deepest(levels_up, nodes):
    assert by_hand().nodes(ROWS, levels_up).tolist() == nodes


def test_levels_up_are_not_negative():
    with pytest.raises(ValueError, match='levels_up must be 0 or more, got -1'):
        by_hand().nodes(ROWS, -1)


@pytest.mark.parametrize('rows', [
    ROWS.astype(np.float32), ROWS.astype(np.int8), np.zeros((4, 2), np.uint8), ROWS[:, 0]])
def test_other_descriptors_are_refused(rows):
    with pytest.raises(VocabularyError, match=r'of descriptors \(N, 1\) uint8, got'):
        by_hand().transform(rows)


@pytest.mark.parametrize('floats', [False, True])
def test_rows_of_any_memory_layout_are_read(floats):
    tree, rows = random_tree(floats=floats), random_rows(np.random.default_rng(2), 40, 64, floats)
    assert tree.leaves(rows[:, ::2]).tolist() == tree.leaves(rows[:, ::2].copy()).tolist()


@pytest.mark.parametrize(('changes', 'words'), [
    ({'parents': np.array([0, 0, 0, 1, 1], np.int32)}, 'a root of parent -1'),
    ({'parents': np.array([-1, 0, 3, 1, 1], np.int32)}, 'each node behind its parent'),
    ({'parents': np.array([-1, 0, 0, -1, 1], np.int32)}, 'each node behind its parent'),
    ({'parents': np.array([-1, 0, 0, 1, 1])}, 'parents int32'),
    ({'parents': np.array([-1, 0, 0, 1], np.int32)}, 'a parent, a descriptor and a weight'),
    ({'weights': np.zeros(5)}, 'weights float32'),
    ({'weights': np.full(5, -1, np.float32)}, 'weights of 0 or more'),
    ({'weights': np.full(5, np.nan, np.float32)}, 'weights of 0 or more'),
    ({'descriptors': np.zeros((5, 3), np.int32)}, 'descriptors uint8 or float32'),
    ({'descriptors': np.zeros((5, 0), np.uint8)}, 'a parent, a descriptor and a weight'),
    ({'descriptors': np.full((5, 2), np.inf, np.float32)}, 'finite'),
    ({'levels': 1}, '1 levels, found 2 and 2'), ({'branching': 1}, '1 children at most')])
def test_arrays_that_are_no_tree(changes, words):
    with pytest.raises(VocabularyError, match=words):
        dataclasses.replace(by_hand(), **changes)
