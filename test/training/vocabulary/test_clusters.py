# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.vocabularies import random_rows

from training.vocabulary.clusters import (
    cluster,
    majority,
    means,
    nearest_centres,
    refilled,
    seeds,
    squared_distances,
)

KINDS = pytest.mark.parametrize('floats', [False, True])


def blobs(rng, floats, centres=4, each=50):
    """Return rows around centres that are far from each other, and whose each row is."""
    middles = random_rows(rng, centres, 32, floats) * (10 if floats else 1)
    belongs = np.repeat(np.arange(centres), each)
    rows = middles[belongs]
    if floats:
        return (rows + rng.normal(0, 0.1, rows.shape)).astype(np.float32), belongs
    return rows ^ (1 << rng.integers(0, 8, rows.shape)).astype(np.uint8) * (
        rng.random(rows.shape) < 0.1), belongs


def test_a_bit_is_set_where_half_have_it_or_more():
    rows = np.array([[0b1100], [0b1010], [0b1001], [0b0110]], np.uint8)
    assert majority(rows).tolist() == [0b1110]
    assert majority(rows[:3]).tolist() == [0b1000]
    assert means(rows, np.array([0, 0, 2, 2]), 3).tolist() == [[0b1110], [0], [0b1111]]


def test_means_are_worked_out_by_hand():
    rows = np.array([[1, 2], [3, 4], [0, -1]], np.float32)
    found = means(rows, np.array([1, 1, 0]), 3)
    assert found.tolist() == [[0, -1], [2, 3], [0, 0]] and found.dtype == np.float32


def test_distances_are_bits_or_squared():
    bits = np.array([[0b1100], [0]], np.uint8)
    assert squared_distances(bits, bits).tolist() == [[0, 2], [2, 0]]
    points = np.array([[1, 2], [4, 6]], np.float32)
    np.testing.assert_allclose(squared_distances(points, points), [[0, 25], [25, 0]], atol=1e-4)


@KINDS
def test_clusters_that_are_apart_are_found(floats, rng, monkeypatch):
    monkeypatch.setattr('training.vocabulary.clusters.CHUNK', 64)
    rows, truth = blobs(rng, floats)
    centres, belongs = cluster(rows, 4, rng)
    assert len(centres) == 4 and centres.dtype == rows.dtype
    assert len(set(zip(belongs, truth, strict=True))) == 4
    np.testing.assert_allclose(centres, means(rows, belongs, 4), rtol=1e-5)


@KINDS
def test_rows_belong_to_the_nearest_centre(floats, rng):
    rows = random_rows(rng, 400, 32, floats)
    centres, belongs = cluster(rows, 10, rng)
    assert (belongs == squared_distances(rows, centres).argmin(1)).all()
    assert set(belongs) == set(range(len(centres)))
    first = seeds(rows, 10, np.random.default_rng(0))
    assert nearest_centres(rows, centres)[1].mean() < nearest_centres(rows, first)[1].mean()


@KINDS
def test_rows_that_are_the_same_are_one_cluster(floats, rng):
    rows = random_rows(rng, 3, 32, floats)[[0, 1, 0, 2, 1, 0]]
    centres, belongs = cluster(rows, 10, rng)
    assert len(centres) == 3 and (centres[belongs] == rows).all()
    assert len(cluster(rows[:1], 10, rng)[0]) == len(cluster(rows[[0, 2]], 10, rng)[0]) == 1


def test_a_cluster_without_rows_takes_the_one_that_is_furthest():
    rows = np.array([[0], [1], [0], [0b11110000]], np.uint8)
    centres = np.array([[0], [0b1111]], np.uint8)
    found = refilled(rows, centres, np.zeros(4, int), np.array([[1], [0]], np.uint8))
    assert found.tolist() == [[1], [0b11110000]]


def test_the_same_seed_gives_the_same_clusters(rng):
    rows = random_rows(rng, 300)
    one, other = (cluster(rows, 7, np.random.default_rng(4)) for _ in range(2))
    assert (one[0] == other[0]).all() and (one[1] == other[1]).all()
