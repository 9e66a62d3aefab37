# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from training.benchmarks.repeatability import one_to_one, repeated, shared_places

SHIFT = np.array([[1.0, 0, 10], [0, 1, 0], [0, 0, 1]])
NONE = np.zeros((0, 2))


def test_a_point_is_in_one_pair_and_the_nearest_goes_first():
    first = np.array([[0.0, 0], [2, 0], [50, 50], [80, 0]])
    second = np.array([[11.5, 0.0], [60, 52.5], [200, 0]])  # the first is 1.5 and 0.5 from two
    apart = one_to_one(first, second, SHIFT, 3)
    assert apart == pytest.approx([0.5, 2.5])
    assert repeated(apart, 4, 3, 3) == pytest.approx(4 / 7)
    assert repeated(apart, 4, 3, 1) == pytest.approx(2 / 7)


def test_many_at_one_place_are_found_again_once():
    crowd = np.tile([[5.0, 5]], (4, 1))
    apart = one_to_one(crowd, np.array([[15.0, 5]]), SHIFT, 3)
    assert apart.tolist() == [0]


def test_points_are_paired_as_by_trying_all_in_order():
    rng = np.random.default_rng(0)
    first, second = rng.uniform(0, 60, (2, 80, 2))
    apart = np.linalg.norm(first[:, None] - second[None], axis=2)
    expected = []
    while apart.min() < 3:
        i, j = np.unravel_index(apart.argmin(), apart.shape)
        expected.append(apart[i, j])
        apart[i], apart[:, j] = np.inf, np.inf
    found = one_to_one(first, second, np.eye(3), 3)
    assert found == pytest.approx(expected) and len(found) > 10


def test_nothing_is_found_again_where_there_is_nothing():
    for first, second in ((NONE, NONE), (np.ones((2, 2)), NONE), (NONE, np.ones((2, 2)))):
        apart = one_to_one(first, second, SHIFT, 3)
        assert len(apart) == 0 and repeated(apart, len(first), len(second), 3) == 0


def test_places_that_others_have():
    assert shared_places(np.array([[1.0, 1], [1, 1], [2, 1], [3, 3]])) == 0.25
    assert shared_places(np.array([[1.0, 1], [1, 2]])) == shared_places(NONE) == 0
