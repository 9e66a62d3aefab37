# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros import Features, create_extractor
from residual_features_ros.nearest import distances_of
from training.calibration.neighbours import joined, neighbours, to_distances

SHIFT = np.array([[1, 0, 100], [0, 1, 0], [0, 0, 1.0]])


def features(places, rows):
    count = len(places)
    ones = np.ones(count, np.float32)
    return Features(np.array(places, np.float32), ones, ones, ones, np.zeros(count, np.int32),
                    np.array(rows, np.uint8), (640, 480))


def test_neighbours_by_hand():
    a = features([(0, 0), (0, 100), (0, 200)], [[0b00000000], [0b11110000], [0b11111111]])
    b = features([(100, 1), (100, 110), (400, 400)], [[0b00000001], [0b11110011], [0b11110000]])
    found = neighbours(a, b, SHIFT, 'fit')
    assert found.distances.tolist() == [1, 0, 2] and found.seconds.tolist() == [4, 2, 4]
    assert found.right.tolist() == [True, False, False]
    assert found.mutual.tolist() == [True, True, False]  # of equals the first
    # The second one's nearest lies far from its true place; that of its window is 10 px off.
    assert found.led.tolist() == [1, 2, np.inf]
    assert found.led_right.tolist() == [True, False, False]
    assert found.ratios.tolist() == [0.25, 0, 0.5] and set(found.part) == {'fit'}


def test_a_single_keypoint_has_no_second_and_equals_have_ratio_one():
    a = features([(0, 0)], [[3]])
    assert neighbours(a, features([(0, 0)], [[1]]), np.eye(3), 'fit').ratios.tolist() == [0]
    both = neighbours(a, features([(0, 0), (9, 9)], [[3], [3]]), np.eye(3), 'fit')
    assert both.ratios.tolist() == [1] and both.right.tolist() == [True]


@pytest.mark.parametrize('method', ['orb', 'akaze', 'rootsift'])
def test_distances_are_those_of_the_matcher(method):
    a, b = create_extractor(method, 100).extract_batch([textured(seed=1), textured(seed=2)])
    found = neighbours(a, b, np.eye(3), 'measure')
    count = min(len(a), len(b))
    pairs = distances_of(a.descriptors[:count], b.descriptors[:count])
    assert (found.distances[:count] <= pairs + 1e-5).all()
    assert (found.distances <= found.seconds).all()
    assert (found.distances <= found.led).all()


def test_many_pairs_are_one_and_some_are_taken():
    a = features([(0, 0), (0, 100)], [[0], [240]])
    one, other = (neighbours(a, a, np.eye(3), part) for part in ('fit', 'measure'))
    both = joined([one, other])
    assert len(both.right) == 4 and both.right.all()
    assert set(both.take(both.part == 'measure').part) == {'measure'}


def test_products_become_distances():
    rows = np.zeros((1, 2), np.uint8)
    assert to_distances(np.array([16.0, 0, -16, -np.inf]), rows).tolist() == [0, 8, 16, np.inf]
    floats = to_distances(np.array([1.0, 0, -1]), np.zeros((1, 2), np.float32))
    np.testing.assert_allclose(floats, [0, np.sqrt(2), 2])
