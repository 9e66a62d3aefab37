# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.keypoints.masked import MaskedSearch
from residual_features_ros.mask import Mask
from residual_features_ros.types import Features

SIZE = 1000  # keypoints of the made image, the strongest at the left


def made():
    x = np.arange(SIZE, dtype=np.float32)
    zeros = np.zeros(SIZE, np.float32)
    return Features(np.stack([x, zeros], 1), zeros + 1, zeros, SIZE - x, zeros.astype(np.int32),
                    np.zeros((SIZE, 4), np.float32), (SIZE, 1))


def mask_of(allowed):
    return Mask(np.broadcast_to(allowed, (1, SIZE)))


@pytest.fixture
def asked():
    return []


@pytest.fixture
def run(asked):
    def find(most):
        asked.append(most)
        return made().take(slice(most or None))
    return find


def test_without_a_mask_as_many_are_found_as_are_wanted(run, asked):
    assert len(MaskedSearch().find(100, None, run)) == 100 and asked == [100]


@pytest.mark.parametrize('first', [0, 10, 80, 200, 600, 950])
def test_the_strongest_allowed_ones_are_among_what_is_found(run, first):
    search, mask = MaskedSearch(), mask_of(np.arange(SIZE) >= first)
    for _ in range(4):  # whatever it remembers
        found = search.find(100, mask, run).keypoints[:, 0]
        expected = np.arange(first, SIZE)[:100]
        assert found[:100].tolist() == expected.tolist()


def test_what_the_last_image_needed_is_asked_for(run, asked):
    search, half = MaskedSearch(), mask_of(np.arange(SIZE) % 4 // 2 == 0)
    alone = mask_of(np.arange(SIZE) >= 0)
    search.find(100, half, run)
    assert asked == [150, 0]  # too few, so all
    asked.clear()
    for _ in range(5):
        search.find(100, half, run)
    assert 0 not in asked and max(asked) <= 450
    for _ in range(5):
        search.find(100, alone, run)
    assert asked[-1] <= 130


def test_a_mask_that_allows_few_asks_for_all_at_once(run, asked):
    search, few = MaskedSearch(), mask_of(np.arange(SIZE) >= 980)
    for _ in range(3):
        assert len(search.find(100, few, run)) == 20
    assert asked == [150, 0, 0, 0]
    assert len(search.find(100, mask_of(np.zeros(SIZE, bool)), run)) == 0
