# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.vocabularies import random_rows, random_tree

from residual_features_ros.compiling import numba
from residual_features_ros.vocabulary import descent


def walk(tree, row):
    """Return the leaf that DBoW2's transform comes to, child by child."""
    at = 0
    while len(children := np.flatnonzero(tree.parents == at)):
        apart = [np.unpackbits(row ^ tree.descriptors[child]).sum() if tree.binary
                 else float(((row - tree.descriptors[child]) ** 2).sum()) for child in children]
        at = children[int(np.argmin(apart))]
    return at


@pytest.mark.skipif(numba is None, reason='numba is not installed')
@pytest.mark.parametrize(('width', 'floats'), [(32, False), (61, False), (1, False), (9, True)])
def test_both_ways_come_to_the_same_leaves(width, floats, monkeypatch):
    tree = random_tree(width, floats=floats)
    rows = random_rows(np.random.default_rng(1), 300, width, floats)
    compiled = descent.leaves_of(tree.children, rows)
    monkeypatch.setattr(descent, 'has_compiler', lambda: False)
    plain = descent.leaves_of(tree.children, rows)
    assert compiled.dtype == plain.dtype == np.int32
    assert compiled.tolist() == plain.tolist() == [walk(tree, row) for row in rows]


def test_children_of_a_node_are_beside_each_other_in_the_order_of_their_ids():
    parents = np.array([-1, 0, 0, 1, 2, 1], np.int32)
    found = descent.children_of(parents, np.arange(6, dtype=np.uint8)[:, None])
    assert found.starts.tolist() == [0, 2, 4, 5, 5, 5, 5]
    assert found.nodes.tolist() == found.descriptors[:, 0].tolist() == [1, 2, 3, 5, 4]
