# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Descriptors -> a few centres: k-medians of bits, k-means of numbers.

k-medians is DBoW2's: a bit of a centre is 1 where half of its rows or more have it, and distances
are Hamming's. Seeds are k-means++'s (Arthur 2007).
"""
from __future__ import annotations

import numpy as np

from residual_features_ros.nearest import similarity_of

MOST_ROUNDS = 15
CHANGED_SHARE = 1e-3  # of rows that still change their centre: fewer end the rounds
CHUNK = 1 << 16  # rows that are worked on at once


def cluster(rows: np.ndarray, count: int,
            rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Part rows into `count` clusters, fewer where fewer rows differ.

    Args:
        rows: (N, B) uint8 or (N, D) float32.
        count: of clusters.
        rng: draws the seeds.

    Returns:
        The centres (K, B) or (K, D), none of them without rows, and the centre (N,) of each row,
        which is the nearest one; of equally near ones the first.
    """
    if not len(rows):
        return rows[:0], np.zeros(0, np.int32)
    centres = seeds(rows, count, rng)
    belongs, _ = nearest_centres(rows, centres)
    for _ in range(MOST_ROUNDS if len(rows) > len(centres) > 1 else 0):
        centres = refilled(rows, centres, belongs, means(rows, belongs, len(centres)))
        before = belongs
        belongs, _ = nearest_centres(rows, centres)
        if (belongs != before).sum() <= CHANGED_SHARE * len(rows):
            break
    kept, belongs = np.unique(belongs, return_inverse=True)
    return centres[kept], belongs


def seeds(rows: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return `count` rows that differ, each drawn by its squared distance to those before it.

    Of bits that is their Hamming distance. Fewer are returned where no further ones differ.
    """
    chosen = [int(rng.integers(len(rows)))]
    apart = squared_distances(rows, rows[chosen])[:, 0]
    while len(chosen) < count:
        sums = np.cumsum(apart, dtype=np.float64)
        if not sums[-1] > 0:
            break
        chosen.append(int(np.searchsorted(sums, rng.random() * sums[-1], side='right')))
        apart = np.minimum(apart, squared_distances(rows, rows[chosen[-1:]])[:, 0])
    return np.array(rows[chosen])


def nearest_centres(rows: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest centre (N,) of each row and the squared distances (N,) to it."""
    nearest, least = np.empty(len(rows), np.int32), np.empty(len(rows), np.float32)
    for start in range(0, len(rows), CHUNK):
        here = slice(start, start + CHUNK)
        apart = squared_distances(rows[here], centres)
        nearest[here], least[here] = apart.argmin(1), apart.min(1)
    return nearest, least


def squared_distances(rows: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return the distances (N, K) float32 of rows to centres: bits, or squared L2."""
    products = similarity_of(rows, centres)
    if rows.dtype == np.uint8:
        return (np.float32(8 * rows.shape[1]) - products.astype(np.float32)) / 2
    lengths, others = ((one * one).sum(1, dtype=np.float32) for one in (rows, centres))
    apart = lengths[:, None] + others[None] - 2 * products
    # Of equal rows products are rounded otherwise than lengths.
    return np.where(apart > 1e-6 * lengths[:, None], apart, np.float32(0))


def means(rows: np.ndarray, belongs: np.ndarray, count: int) -> np.ndarray:
    """Return the mean (K, D) of each cluster, of bits who has the majority (K, B); or zeros."""
    found = np.zeros((count, rows.shape[1]), rows.dtype)
    for number in range(count):
        members = rows[belongs == number]
        if len(members):
            found[number] = majority(members) if rows.dtype == np.uint8 \
                else members.mean(0, dtype=np.float64)
    return found


def majority(rows: np.ndarray) -> np.ndarray:
    """Return (B,) uint8 of bits that half of rows (N, B) uint8 or more have."""
    ones = np.zeros(8 * rows.shape[1], np.int64)
    for start in range(0, len(rows), CHUNK):
        ones += np.unpackbits(rows[start:start + CHUNK], axis=1).sum(0, dtype=np.uint32)
    return np.packbits(2 * ones >= len(rows))


def refilled(rows: np.ndarray, centres: np.ndarray, belongs: np.ndarray,
             found: np.ndarray) -> np.ndarray:
    """Return new centres, in which clusters without rows take those furthest from their own.

    Args:
        rows: (N, D).
        centres: (K, D) that `belongs` was made by.
        belongs: (N,) the centre of each row.
        found: (K, D) the new centres; changed.
    """
    empty = np.flatnonzero(np.bincount(belongs, minlength=len(centres)) == 0)
    if len(empty):
        _, apart = nearest_centres(rows, centres)
        found[empty] = rows[np.argsort(-apart, kind='stable')[:len(empty)]]
    return found
