# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A vocabulary: a tree whose leaves are the words, and descriptors -> a bag of them."""
from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from residual_features_ros.errors import VocabularyError
from residual_features_ros.vocabulary.bag import BagOfWords
from residual_features_ros.vocabulary.descent import Children, children_of, leaves_of


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """A tree of descriptors with the numbers of nodes and words that DBoW2 gives them.

    branching: most children of a node.    levels: most steps from the root to a leaf.
    parents: (N,) int32; row 0 is the root, whose parent is -1, others stand behind their parents.
    descriptors: (N, B) uint8 or (N, D) float32; that of the root counts for nothing.
    weights: (N,) float32, the words' inverse document frequency log(images / images with it), 0
        inside the tree.

    Raises:
        VocabularyError: arrays that are no such tree.
    """

    branching: int
    levels: int
    parents: np.ndarray
    descriptors: np.ndarray
    weights: np.ndarray

    def __post_init__(self) -> None:
        """Check the arrays."""
        check_arrays(self)
        check_tree(self)

    @property
    def binary(self) -> bool:
        """Return whether distances are Hamming's."""
        return self.descriptors.dtype == np.uint8

    @cached_property
    def words(self) -> np.ndarray:
        """Return the node (W,) int32 of each word: leaves in the order of their ids."""
        return np.flatnonzero(self._counts == 0).astype(np.int32)

    @cached_property
    def word_of(self) -> np.ndarray:
        """Return the word (N,) int32 of each node, -1 inside the tree."""
        found = np.full(len(self.parents), -1, np.int32)
        found[self.words] = np.arange(len(self.words))
        return found

    @cached_property
    def depths(self) -> np.ndarray:
        """Return how many steps (N,) int32 each node is from the root."""
        found, at = np.zeros(len(self.parents), np.int32), np.arange(len(self.parents))
        while at.any():
            found += at > 0
            at = np.where(at > 0, self.parents[at], 0)
        return found

    @cached_property
    def children(self) -> Children:
        """Return the children of all nodes."""
        return children_of(self.parents, self.descriptors)

    @property
    def _counts(self) -> np.ndarray:
        return np.bincount(self.parents[1:], minlength=len(self.parents))

    def leaves(self, descriptors: np.ndarray) -> np.ndarray:
        """Return the leaf (N,) int32 of each descriptor (N, B) uint8 or (N, D) float32.

        Raises:
            VocabularyError: descriptors of another width or type.
        """
        kind, width = self.descriptors.dtype, self.descriptors.shape[1]
        if descriptors.dtype != kind or descriptors.shape != (len(descriptors), width):
            raise VocabularyError(
                f'the vocabulary is of descriptors (N, {width}) {kind}, got {descriptors.shape} '
                f'{descriptors.dtype}: take the one of the method that describes')
        return leaves_of(self.children, descriptors)

    def transform(self, descriptors: np.ndarray) -> BagOfWords:
        """Return the words of an image, weighted by tf-idf, of sum 1; see leaves for the errors.

        Words of weight 0, which all images have, are left out as DBoW2 does.
        """
        words, counts = np.unique(self.word_of[self.leaves(descriptors)], return_counts=True)
        weights = counts * self.weights[self.words[words]].astype(np.float64)
        words, weights = words[weights > 0], weights[weights > 0]
        return BagOfWords(words, (weights / weights.sum()).astype(np.float32))

    def nodes(self, descriptors: np.ndarray, levels_up: int) -> np.ndarray:
        """Return the node (N,) int32 on each descriptor's way, as DBoW2's FeatureVector has it.

        It is `levels - levels_up` steps from the root, or the leaf where that is nearer; the root
        where there are no such steps. See leaves for the errors.
        """
        if levels_up < 0:
            raise ValueError(f'levels_up must be 0 or more, got {levels_up}')
        at, depth = self.leaves(descriptors), max(self.levels - levels_up, 0)
        while (below := self.depths[at] > depth).any():
            at = np.where(below, self.parents[at], at)
        return at


def check_arrays(tree: Vocabulary) -> None:
    """Raise VocabularyError unless the arrays have the types and shapes of a vocabulary."""
    count = len(tree.parents)
    if tree.parents.dtype != np.int32 or tree.weights.dtype != np.float32 \
            or tree.descriptors.dtype not in (np.uint8, np.float32):
        raise VocabularyError(
            'expected parents int32, weights float32 and descriptors uint8 or float32, found '
            f'{tree.parents.dtype}, {tree.weights.dtype} and {tree.descriptors.dtype}')
    if tree.parents.shape != (count,) or tree.weights.shape != (count,) \
            or tree.descriptors.ndim != 2 or len(tree.descriptors) != count \
            or not tree.descriptors.shape[1]:
        raise VocabularyError(
            'expected a parent, a descriptor and a weight of each node, found '
            f'{tree.parents.shape}, {tree.descriptors.shape} and {tree.weights.shape}')
    if not np.isfinite(tree.weights).all() or (tree.weights < 0).any():
        raise VocabularyError('expected weights of 0 or more')
    if not tree.binary and not np.isfinite(tree.descriptors).all():
        raise VocabularyError('expected descriptors of finite numbers')


def check_tree(tree: Vocabulary) -> None:
    """Raise VocabularyError unless the parents make a tree of its branching and levels."""
    parents = tree.parents
    if len(parents) < 2 or parents[0] != -1:
        raise VocabularyError('expected a root of parent -1 in row 0, and one word at least')
    if (parents[1:] < 0).any() or (parents[1:] >= np.arange(1, len(parents))).any():
        raise VocabularyError('expected each node behind its parent')
    most, deepest = np.bincount(parents[1:]).max(), tree.depths.max()
    if most > tree.branching or deepest > tree.levels:
        raise VocabularyError(f'expected {tree.branching} children at most and {tree.levels} '
                              f'levels, found {most} and {deepest}')
