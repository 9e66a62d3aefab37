# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Small trees, one of them with everything about it known by hand."""
import dataclasses

import numpy as np

from residual_features_ros import create_extractor
from residual_features_ros.vocabulary.descent import distances
from residual_features_ros.vocabulary.files import (
    VocabularyCard,
    save_vocabulary,
    weights_sha256,
)
from residual_features_ros.vocabulary.tree import Vocabulary
from support.pictures import textured

# The root has a (0000 0000) and b (1111 1111); a has c and d, b is a leaf. Words: 0 = b, 1 = c,
# 2 = d, since leaves count in the order of their ids.
A, B, C, D = 1, 2, 3, 4
BYTES = np.array([[0], [0b00000000], [0b11111111], [0b00000001], [0b11000000]], np.uint8)
WEIGHTS = np.array([0, 0, 1, 2, 0.5], np.float32)


def by_hand():
    return Vocabulary(2, 2, np.array([-1, 0, 0, A, A], np.int32), BYTES, WEIGHTS)


def in_numbers():
    """Return the tree of by_hand over points of the plane."""
    points = np.array([[0, 0], [-1, 0], [1, 0], [-1, -0.5], [-1, 0.5]], np.float32)
    return Vocabulary(2, 2, np.array([-1, 0, 0, A, A], np.int32), points, WEIGHTS)


def random_tree(width=32, branching=4, levels=3, floats=False, seed=0):
    """Return a whole tree, with some branches that end early."""
    rng = np.random.default_rng(seed)
    parents, last = [-1], [0]
    for level in range(levels):
        inside = [node for node in last if level == 0 or rng.random() < 0.9]
        last = list(range(len(parents), len(parents) + branching * len(inside)))
        parents += [node for node in inside for _ in range(branching)]
    parents = np.array(parents, np.int32)
    descriptors = random_rows(rng, len(parents), width, floats)
    descriptors[0] = 0  # files have none of the root
    leaf = np.bincount(parents[1:], minlength=len(parents)) == 0
    weights = np.where(leaf, rng.uniform(0.1, 5, len(parents)), 0).astype(np.float32)
    return Vocabulary(branching, levels, parents, descriptors, weights)


def random_rows(rng, count, width=32, floats=False):
    if floats:
        return rng.normal(size=(count, width)).astype(np.float32)
    return rng.integers(0, 256, (count, width), dtype=np.uint8)


def grown(images, branching=8, levels=3, seed=0):
    """Return a tree over the descriptors of some images [(N, D), ...], whose nodes are drawn.

    Each node is one of the descriptors that come to its parent, and words have the inverse
    document frequency of the images.
    """
    rng, rows = np.random.default_rng(seed), np.concatenate(images)
    parents, descriptors, last = [-1], [np.zeros_like(rows[0])], [(0, np.arange(len(rows)))]
    for _ in range(levels):
        split, last = last, []
        for parent, members in split:
            if len(members) <= branching:
                continue
            centres = rows[rng.choice(members, branching, replace=False)]
            nearest = distances(rows[members], centres).argmin(1)
            for child in range(branching):
                last.append((len(parents), members[nearest == child]))
                parents.append(parent)
                descriptors.append(centres[child])
    parents = np.array(parents, np.int32)
    tree = Vocabulary(branching, levels, parents, np.array(descriptors),
                      np.zeros(len(parents), np.float32))
    having = np.zeros(len(parents))
    for image in images:
        having[np.unique(tree.leaves(image))] += 1
    weights = np.where(having > 0, np.log(len(images) / np.maximum(having, 1)), 0)
    return dataclasses.replace(tree, weights=weights.astype(np.float32))


def write_vocabulary(folder, method, seeds=range(100, 104), of=''):
    """Grow a vocabulary on pictures and write <folder>/<method>.npz and its card.

    Args:
        folder: there already.
        method: whose descriptors it is of.
        seeds: of the pictures.
        of: the method that the card names where that is another one.
    """
    extractor = create_extractor(method)
    tree = grown([extractor.extract(textured(seed=seed)).descriptors for seed in seeds])
    path = folder / f'{of or method}.npz'
    return tree, save_vocabulary(tree, path, VocabularyCard(
        of or method, weights_sha256(method), tree.binary, tree.branching, tree.levels,
        len(tree.words), 'pictures made for the tests', 'Apache-2.0'))
