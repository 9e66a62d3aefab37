# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A tree of clusters grown level by level; a run that was cut off goes on at the next level."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from training import arrays
from training.vocabulary.clusters import cluster


@dataclass(frozen=True)
class Growth:
    """A tree of some levels.

    parents: (N,) int32, -1 for the root in row 0.    descriptors: (N, D); zeros for the root.
    order: (M,) int32, rows of the descriptors it grows from, those of a node beside each other.
    first: number of the first node of the last level.
    bounds: (n, 2) int64, where the rows of each node from `first` on begin and end in `order`.
    level: how many there are below the root.
    """

    parents: np.ndarray
    descriptors: np.ndarray
    order: np.ndarray
    first: int
    bounds: np.ndarray
    level: int


def grow(rows: np.ndarray, branching: int, levels: int, seed: int, path: Path) -> Growth:
    """Return the tree of rows (M, B) uint8 or (M, D) float32.

    A node whose rows are all the same stays a leaf. What is drawn for a node depends on the seed
    and its number alone.

    Args:
        rows: where no two of them differ, the root stays alone.
        branching: most children of a node.
        levels: most steps from the root to a leaf.
        seed: of the clusters' seeds.
        path: where each level is kept, and read from where the file is there.
    """
    growth = kept(path) or Growth(
        np.array([-1], np.int32), np.zeros((1, rows.shape[1]), rows.dtype),
        np.arange(len(rows), dtype=np.int32), 0, np.array([[0, len(rows)]]), 0)
    while growth.level < levels:
        growth = next_level(rows, growth, branching, seed)
        arrays.save(path, vars(growth))
    return growth


def kept(path: Path) -> Growth | None:
    """Return what a file has, None where there is none."""
    found = arrays.load(path)
    if found is None:
        return None
    return Growth(found['parents'], found['descriptors'], found['order'], int(found['first']),
                  found['bounds'], int(found['level']))


def next_level(rows: np.ndarray, growth: Growth, branching: int, seed: int) -> Growth:
    """Return a tree with children of the nodes of its last level."""
    order, first = growth.order.copy(), len(growth.parents)
    parents, descriptors, bounds = [growth.parents], [growth.descriptors], []
    for number, (begin, end) in enumerate(tqdm(
            growth.bounds, desc=f'level {growth.level + 1}', unit='node', disable=None)):
        node, here = growth.first + number, order[begin:end]
        members = rows[here] if growth.level else rows  # no copy of all
        centres, belongs = cluster(members, branching, np.random.default_rng([seed, node]))
        if len(centres) < 2:
            continue
        order[begin:end] = here[np.argsort(belongs, kind='stable')]
        ends = begin + np.cumsum(np.bincount(belongs, minlength=len(centres)))
        bounds.append(np.stack([np.concatenate([[begin], ends[:-1]]), ends], 1))
        parents.append(np.full(len(centres), node, np.int32))
        descriptors.append(centres)
    return Growth(np.concatenate(parents), np.concatenate(descriptors), order, first,
                  np.concatenate([*bounds, np.zeros((0, 2), np.int64)]), growth.level + 1)
