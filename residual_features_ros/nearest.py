# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Descriptors -> which rows of two images are each other's nearest."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from residual_features_ros import loops
from residual_features_ros.compiling import has_compiler
from residual_features_ros.config import MatcherConfig
from residual_features_ros.integer_products import integer_products, quantised
from residual_features_ros.products import row_products
from residual_features_ros.types import Matches, signs


def similarity_of(a: np.ndarray, b: np.ndarray, precision: str = 'fp32') -> np.ndarray:
    """Return (N, M) numbers that are larger for nearer rows of (N, D) and (M, D).

    They are dot products: of float32 rows, in 'int8' of these as whole numbers (int32 or float32),
    a and b each of a scale of its own, of bits (uint8) as -1 and 1.
    """
    if a.dtype == np.uint8:
        return bit_products(a, b)
    if precision == 'int8':
        first, second = quantised(a), quantised(b)
        if first is not None and second is not None:
            return integer_products(first, second)
    return row_products(a, b)


def bit_products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the (N, M) products of bits (N, B) and (M, B) uint8, by who is fast here.

    They are int32, or the same numbers as float32.
    """
    if not has_compiler():
        return sign_products(a, b)
    products = np.empty((len(a), len(b)), np.int32)
    loops.bit_products(words(a), words(b), 8 * a.shape[1], products)
    return products


def sign_products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the (N, M) products of bits (N, B) and (M, B) uint8; twin of loops.bit_products."""
    return row_products(signs(a), signs(b))


def words(rows: np.ndarray) -> np.ndarray:
    """Return (N, B) uint8 as (N, W) uint64, with zeros behind."""
    padded = np.zeros((len(rows), -(-rows.shape[1] // 8) * 8), np.uint8)
    padded[:, :rows.shape[1]] = rows
    return padded.view(np.uint64)


def distances_of(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the (N,) distances of rows (N, D) of a and b: bits, or L2 of unit rows."""
    if a.dtype == np.uint8:
        return np.unpackbits(a ^ b, axis=1).sum(1, dtype=np.float32)
    products = np.einsum('nd,nd->n', a, b)
    distances: np.ndarray = np.sqrt(np.maximum(2 - 2 * products, 0))
    return distances


def only(similarity: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Return similarity (N, M) with the least number of its type for what is not allowed."""
    return np.where(allowed, similarity, least(similarity))


def least(similarity: np.ndarray) -> Any:
    """Return the least number of a type, -inf where it has that."""
    kind = similarity.dtype
    return kind.type(np.iinfo(kind).min if kind.kind == 'i' else -np.inf)


class Nearest(NamedTuple):
    """The nearest of each row of (N, M) similarity and of each of its columns.

    best, back: (N,), (M,) where the first largest is.
    second, second_back: (N,), (M,) the largest beside that one, (0,) where they are not wanted;
        the least number of the type, or -inf, where that one is alone.
    """

    best: np.ndarray
    back: np.ndarray
    second: np.ndarray
    second_back: np.ndarray


def nearest(similarity: np.ndarray, seconds: bool = False) -> Nearest:
    """Return the nearest of rows and columns of (N, M), neither zero, and the second ones too."""
    rows, columns = similarity.shape
    if similarity.dtype != np.int32 or not has_compiler():
        best, back = similarity.argmax(1), similarity.argmax(0)
        nothing = np.zeros(0, similarity.dtype)
        return Nearest(best, back, *(seconds_of(similarity, best, back) if seconds
                                     else (nothing, nothing)))
    found = Nearest(*(np.empty(size, np.int32) for size in (
        rows, columns, seconds * rows, seconds * columns)))
    loops.nearest(similarity, *found)
    return found


def seconds_of(similarity: np.ndarray, best: np.ndarray,
               back: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Nearest.second and second_back; a twin of loops.nearest.

    Similarities are overwritten meanwhile, since a copy would take as long.
    """
    nothing = least(similarity)
    found = []
    for axis, where in ((1, (np.arange(len(best)), best)), (0, (back, np.arange(len(back))))):
        largest = similarity[where]
        similarity[where] = nothing
        found.append(similarity.max(axis))
        similarity[where] = largest
    return found[0], found[1]


def mutual_nearest(similarity: np.ndarray, a: np.ndarray, b: np.ndarray, config: MatcherConfig,
                   judge: Callable[..., np.ndarray] | None = None) -> Matches:
    """Return the pairs of rows of a and b that are each other's largest in (N, M) similarity.

    The least number of the type never pairs. Distances are those of the descriptors, whatever the
    similarity is.

    Args:
        similarity: larger for nearer rows.
        a: (N, D) descriptors.
        b: (M, D) descriptors.
        config: thresholds.
        judge: returns the confidences for what follows a and b in Candidates; None for none.
    """
    if 0 in similarity.shape:
        nothing = np.zeros(0, np.float32)
        return Matches(np.zeros((0, 2), np.int32), nothing, None if judge is None else nothing)
    found = nearest(similarity, seconds=judge is not None)
    best, back = found.best, found.back
    rows = np.flatnonzero(back[best] == np.arange(len(best)))
    rows = rows[similarity[rows, best[rows]] > least(similarity)]
    columns = best[rows]
    indices = np.stack([rows, columns], 1).astype(np.int32)
    distances = distances_of(a[rows], b[columns]).astype(np.float32)
    keep = np.ones(len(rows), bool)
    if config.max_distance:
        keep &= distances <= config.max_distance
    if config.ratio and similarity.shape[1] > 1:
        others = similarity[rows]
        others[np.arange(len(rows)), columns] = least(similarity)
        second = others.argmax(1)
        beside = others[np.arange(len(rows)), second] <= least(similarity)
        keep &= beside | (distances <= config.ratio * distances_of(a[rows], b[second]))
    if judge is None:
        return Matches(indices[keep], distances[keep])
    confidences = judge(indices, distances, similarity[rows, columns],
                        np.stack([found.second[rows], found.second_back[columns]], 1))
    if config.min_confidence:
        keep &= confidences >= config.min_confidence
    return Matches(indices[keep], distances[keep], confidences[keep])
