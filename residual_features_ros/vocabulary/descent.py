# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Descriptors go down a tree, from a node to the nearest of its children, until a leaf."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from residual_features_ros import loops
from residual_features_ros.compiling import has_compiler
from residual_features_ros.nearest import words


@dataclass(frozen=True, eq=False)
class Children:
    """The children of all nodes, those of one node beside each other in the order of their ids.

    starts: (N + 1,) int32; the children of node n are the rows starts[n] to starts[n + 1] of
    nodes: (N - 1,) int32 ids, and of
    descriptors: (N - 1, B) uint8 or (N - 1, D) float32.
    """

    starts: np.ndarray
    nodes: np.ndarray
    descriptors: np.ndarray


def children_of(parents: np.ndarray, descriptors: np.ndarray) -> Children:
    """Return the children of nodes (N,) int32 parents, the first of which is the root."""
    nodes = np.argsort(parents[1:], kind='stable') + 1
    starts = np.searchsorted(parents[nodes], np.arange(len(parents) + 1))
    return Children(starts.astype(np.int32), nodes.astype(np.int32), descriptors[nodes])


def leaves_of(children: Children, rows: np.ndarray) -> np.ndarray:
    """Return the leaf (N,) int32 that each of rows (N, B) uint8 or (N, D) float32 comes to.

    Of children that are equally near the first is taken.
    """
    if not has_compiler():
        return leaves_in_numpy(children, rows)
    leaves = np.empty(len(rows), np.int32)
    if rows.dtype == np.uint8:
        loops.descend_bits(words(rows), words(children.descriptors), children.starts,
                           children.nodes, leaves)
    else:
        loops.descend(np.ascontiguousarray(rows), children.descriptors, children.starts,
                      children.nodes, leaves)
    return leaves


def leaves_in_numpy(children: Children, rows: np.ndarray) -> np.ndarray:
    """Return what leaves_of does; the twin of loops.descend_bits and loops.descend."""
    at, starts = np.zeros(len(rows), np.int32), children.starts
    inside = np.arange(len(rows))
    while len(inside):
        for node in np.unique(at[inside]):
            here = inside[at[inside] == node]
            span = slice(starts[node], starts[node + 1])
            apart = distances(rows[here], children.descriptors[span])
            at[here] = children.nodes[span][apart.argmin(1)]
        inside = inside[starts[at[inside]] < starts[at[inside] + 1]]
    return at


def distances(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the differing bits or squared distances (N, M) of rows (N, D) and others (M, D)."""
    if rows.dtype == np.uint8:
        differing = rows[:, None] ^ others[None]
        return np.unpackbits(differing, axis=2).sum(2, dtype=np.int32)
    difference = rows[:, None] - others[None]
    return (difference * difference).sum(2)
