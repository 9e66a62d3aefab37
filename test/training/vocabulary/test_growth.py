# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.vocabularies import random_rows

from residual_features_ros.vocabulary.tree import Vocabulary
from training.vocabulary import growth
from training.vocabulary.growth import grow


def vocabulary(tree, branching=4, levels=3):
    return Vocabulary(branching, levels, tree.parents, tree.descriptors,
                      np.zeros(len(tree.parents), np.float32))


def same(one, other):
    return all(np.array_equal(vars(one)[name], vars(other)[name]) for name in vars(one))


@pytest.mark.parametrize('floats', [False, True])
def test_each_row_comes_down_to_the_node_it_was_put_into(floats, rng, tmp_path):
    rows = random_rows(rng, 500, 16, floats)
    tree = grow(rows, 4, 3, 0, tmp_path / 'tree.npz')
    whole = vocabulary(tree)
    assert tree.level == 3 and whole.depths.max() == 3 and len(whole.words) > 40
    leaves = whole.leaves(rows)
    for number, (begin, end) in enumerate(tree.bounds):
        assert (leaves[tree.order[begin:end]] == tree.first + number).all()
    assert sorted(tree.order) == list(range(500))


def test_a_node_whose_rows_are_the_same_stays_a_leaf(rng, tmp_path):
    rows = np.repeat(random_rows(rng, 3), 20, axis=0)
    tree = grow(rows, 4, 3, 0, tmp_path / 'tree.npz')
    assert tree.parents.tolist() == [-1, 0, 0, 0] and len(tree.bounds) == 0
    assert set(map(bytes, tree.descriptors[1:])) == set(map(bytes, rows))


def test_a_run_that_was_cut_off_goes_on_at_its_level(rng, tmp_path, monkeypatch):
    rows = random_rows(rng, 300)
    whole = grow(rows, 4, 3, 5, tmp_path / 'whole.npz')

    def cut_off(rows, tree, *further):
        if tree.level == 2:
            raise KeyboardInterrupt
        return next_level(rows, tree, *further)
    next_level = growth.next_level
    monkeypatch.setattr(growth, 'next_level', cut_off)
    with pytest.raises(KeyboardInterrupt):
        grow(rows, 4, 3, 5, tmp_path / 'part.npz')
    assert growth.kept(tmp_path / 'part.npz').level == 2
    calls = []
    monkeypatch.setattr(growth, 'next_level', lambda *arguments: (
        calls.append(arguments[1].level), next_level(*arguments))[1])
    assert same(grow(rows, 4, 3, 5, tmp_path / 'part.npz'), whole) and calls == [2]


def test_another_seed_gives_another_tree(rng, tmp_path):
    rows = random_rows(rng, 300)
    one, other = (grow(rows, 4, 2, seed, tmp_path / f'{seed}.npz') for seed in (0, 1))
    assert not same(one, other)
