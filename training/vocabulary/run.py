# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Find the descriptors of photographs, grow a tree from them, weigh its words, write it."""
from __future__ import annotations

import shutil
import time
from typing import Any

import numpy as np
from tqdm import tqdm

import residual_features_ros
from residual_features_ros import Extractor, create_extractor
from residual_features_ros.environment import commit
from residual_features_ros.image import SMALLEST_SIDE_PX
from residual_features_ros.vocabulary.files import (
    VocabularyCard,
    save_vocabulary,
    weights_sha256,
    write_vocabulary,
)
from residual_features_ros.vocabulary.tree import Vocabulary
from training.vocabulary.growth import Growth, grow
from training.vocabulary.options import VocabularyOptions
from training.vocabulary.photographs import Photographs
from training.vocabulary.store import DescriptorStore


def main(options: VocabularyOptions) -> str:
    """Train a vocabulary, write it and its card, and return what it is in words."""
    photographs = Photographs(options.images, options.held_out)
    extractor = create_extractor(options.method, options.max_keypoints, weights=options.weights)
    store = DescriptorStore(options.work, origin(options, photographs),
                            extractor.warm_up().descriptors)
    seconds = [time.perf_counter()]
    describe_all(photographs, extractor, store)
    seconds.append(time.perf_counter())
    rows = sample(store, options.memory_mb, options.seed)
    tree = grow(rows, options.branching, options.levels, options.seed,
                options.work / f'tree_{options.branching}_{options.levels}_'
                f'{len(rows)}_{options.seed}.npz')
    if len(tree.parents) < 2:
        raise ValueError(f'{len(rows)} descriptors were found, and a vocabulary takes two at '
                         'least that differ: give more photographs')
    seconds.append(time.perf_counter())
    vocabulary = weighed(options, tree, store)
    seconds.append(time.perf_counter())
    numbers = facts(store, rows)
    card = save_vocabulary(vocabulary, options.out, VocabularyCard(
        options.method, weights_sha256(options.method, options.weights), vocabulary.binary,
        options.branching, options.levels, len(vocabulary.words), options.data, options.licence,
        {'command': options.command(), 'commit': commit(), **numbers}))
    for path in options.also:
        write_vocabulary(vocabulary, path)
    shutil.rmtree(options.work)
    took = ', '.join(f'{name} {after - before:.0f} s' for name, before, after in zip(
        ('descriptors', 'tree', 'weights'), seconds[:-1], seconds[1:], strict=True))
    return '\n'.join([
        f'{card.words} words of {numbers["descriptors"]} descriptors of {numbers["images"]} '
        f'images ({took})',
        *(f'{path}: {path.stat().st_size / 1e6:.1f} MB' for path in (options.out, *options.also))])


def origin(options: VocabularyOptions, photographs: Photographs) -> dict[str, Any]:
    """Return what decides the descriptors."""
    return {'method': options.method, 'max_keypoints': options.max_keypoints,
            'weights': weights_sha256(options.method, options.weights),
            'images': photographs.fingerprint, 'version': residual_features_ros.__version__}


def facts(store: DescriptorStore, rows: np.ndarray) -> dict[str, int]:
    """Return how many images there were, and descriptors in them and in the sample."""
    return {'images': len(store.images()), 'left_out': len(store) - len(store.images()),
            'descriptors': len(store.rows()), 'grown_from': len(rows)}


def describe_all(photographs: Photographs, extractor: Extractor, store: DescriptorStore) -> None:
    """Add the descriptors of all photographs that the store does not have."""
    begun = len(store)
    with tqdm(photographs.read_from(begun), desc='descriptors', unit='image', initial=begun,
              total=len(photographs), disable=None) as bar:
        for image in bar:
            small = image is None or min(image.shape[:2]) < SMALLEST_SIDE_PX
            store.add(None if small else extractor.extract(image).descriptors)


def sample(store: DescriptorStore, memory_mb: float, seed: int) -> np.ndarray:
    """Return as many descriptors at random, in their order, as fit, or all where all do."""
    rows = store.rows()
    most = int(memory_mb * 1e6 / (rows.itemsize * rows.shape[1]))
    if len(rows) <= most:
        return np.array(rows)
    chosen = np.random.default_rng(seed).choice(len(rows), most, replace=False)
    return np.asarray(rows[np.sort(chosen)])


def weighed(options: VocabularyOptions, tree: Growth, store: DescriptorStore) -> Vocabulary:
    """Return a vocabulary whose words weigh log(images / images that have them), as DBoW2's.

    A word that no image has weighs as one that one image has.
    """
    def vocabulary(weights: np.ndarray) -> Vocabulary:
        return Vocabulary(options.branching, options.levels, tree.parents, tree.descriptors,
                          weights)
    plain = vocabulary(np.zeros(len(tree.parents), np.float32))
    rows, images, found = store.rows(), store.images(), np.zeros(len(tree.parents))
    for image in tqdm(images, desc='weights', unit='image', disable=None):
        found[np.unique(plain.leaves(np.ascontiguousarray(rows[image])))] += 1
    weights = np.where(plain.word_of >= 0, np.log(len(images) / np.maximum(found, 1)), 0)
    return vocabulary(weights.astype(np.float32))
