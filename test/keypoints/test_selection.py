# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import cv2
import numpy as np
import pytest
from support.needs import need_default_backend

from residual_features_ros import create_extractor
from residual_features_ros.keypoints.selection import (
    Choice,
    choose,
    find_places,
    of_each_cell,
    strongest,
)
from residual_features_ros.types import Features


def features(*rows):
    """Return features of rows (x, angle, response)."""
    x, angles, responses = np.float32(rows).reshape(-1, 3).T
    return Features(np.stack([x, x], 1), np.ones_like(x), angles, responses,
                    np.zeros(len(x), np.int32), np.zeros((len(x), 4), np.float32), (9, 9))


def test_the_strongest_come_first_and_are_kept():
    found = strongest(features((1, 0, 0.2), (2, 0, 0.9), (3, 0, 0.5)), 2)
    assert found.keypoints[:, 0].tolist() == [2, 3] and found.responses.tolist() == \
        np.float32([0.9, 0.5]).tolist()


def test_equals_are_ordered_by_place_then_angle_whatever_order_they_came_in():
    rows = [(2, 10, 0.5), (1, 300, 0.5), (1, 20, 0.5), (3, 0, 0.7)]
    for order in (rows, rows[::-1]):
        found = strongest(features(*order), 3)
        assert found.keypoints[:, 0].tolist() == [3, 1, 1]
        assert found.angles.tolist() == [0, 20, 300]


def test_equals_of_one_column_are_ordered_by_row_then_size_whatever_order_they_came_in():
    found = features((1, 0, 0.5), (1, 0, 0.5), (1, 0, 0.5))
    found = dataclasses.replace(found, sizes=np.float32([2, 1, 3]),
                                keypoints=np.float32([[1, 8], [1, 8], [1, 7]]))
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        assert strongest(found.take(np.array(order)), 3).sizes.tolist() == [3, 1, 2]


def test_none():
    assert len(strongest(features(), 5)) == 0


def scattered(count=3000, seed=0):
    """Return features of a picture whose strong ones are all in one corner, strongest first."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 1, (count, 2)) ** rng.choice([1, 4], (count, 1)) * [639, 479]
    responses = np.exp(-places.sum(1) / 150 + rng.normal(0, 0.3, count)).astype(np.float32)
    zeros = np.zeros(count, np.float32)
    return strongest(Features(
        places.astype(np.float32), zeros + 5, zeros, responses, zeros.astype(np.int32),
        np.arange(count, dtype=np.float32)[:, None], (640, 480)), count)


def cells(features):
    """Return how many cells of a grid of 8 x 8 have keypoints."""
    width, height = features.image_size
    return len(np.unique(features.keypoints // [width / 8, height / 8], axis=0))


def test_as_many_are_looked_at_as_there_may_be_to_choose_from():
    assert Choice(1000).candidates == 1000 and Choice(1000, 1.0).candidates == 3000
    assert Choice(1000, 0.5).candidates == 2000 and Choice(1, 0.1).candidates == 2
    assert Choice(1000, orientations=1).candidates == 1500


def test_without_spread_the_strongest_are_chosen():
    found = scattered()
    for count in (1, 500, 3000, 5000):
        chosen = choose(found, Choice(count, 0.0))
        np.testing.assert_array_equal(chosen.descriptors, found.descriptors[:count])


@pytest.mark.parametrize('spread', [0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize('count', [1, 2, 7, 100, 1000])
def test_the_number_is_kept_each_once_and_strongest_first(count, spread):
    chosen = choose(scattered(), Choice(count, spread))
    assert len(chosen) == len(np.unique(chosen.descriptors)) == count
    assert (np.diff(chosen.responses) <= 0).all()


@pytest.mark.parametrize('seed', range(3))
def test_more_spread_covers_more_of_the_image(seed):
    found = scattered(seed=seed)
    covered = [cells(choose(found, Choice(200, spread))) for spread in (0.0, 0.5, 1.0)]
    assert covered[0] < covered[1] < covered[2] and covered[2] > 1.5 * covered[0]


@pytest.mark.parametrize('method', ['hessian_rootsift', 'akaze_rootsift', 'rootsift', 'orb'])
def test_more_spread_covers_more_of_a_photograph(method, data_root):
    paths = sorted((data_root / 'stills' / 'urban').glob('*'))[:4]
    extractors = [create_extractor(method, 150, spread=spread) for spread in (0.0, 1.0)]
    covered = []
    for path in paths:
        found = [extractor.extract(cv2.imread(str(path))) for extractor in extractors]
        assert [len(features) for features in found] == [150, 150]
        assert all((np.diff(features.responses) <= 0).all() for features in found)
        covered.append([cells(features) for features in found])
    assert (np.diff(covered) >= 0).all() and np.diff(covered).mean() > 1


def test_the_strongest_of_each_cell_is_chosen():
    found = scattered()
    first = of_each_cell(found, 300)
    assert 200 < len(first) <= 300 and 0 in first
    taken = found.take(np.sort(first))
    apart = np.linalg.norm(taken.keypoints[:, None] - taken.keypoints[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    every = np.linalg.norm(found.keypoints[:300, None] - found.keypoints[None, :300], axis=2)
    np.fill_diagonal(every, np.inf)
    assert np.median(apart.min(1)) > 2 * np.median(every.min(1))


def test_the_choice_does_not_depend_on_the_order_of_equals():
    found = scattered()
    found = dataclasses.replace(found, responses=np.round(found.responses, 1))
    rng = np.random.default_rng(5)
    runs = [choose(strongest(found.take(rng.permutation(len(found))), 3000), Choice(300, 0.7))
            for _ in range(4)]
    for other in runs[1:]:
        np.testing.assert_array_equal(other.descriptors, runs[0].descriptors)


@pytest.mark.parametrize('spread', [0.0, 0.5, 1.0])
def test_few_go_on_as_they_are(spread):
    assert len(choose(features(), Choice(5, spread))) == 0
    found = scattered(40)
    np.testing.assert_array_equal(choose(found, Choice(40, spread)).descriptors, found.descriptors)


def test_all_in_one_place_are_chosen_all_the_same():
    found = scattered(50)
    found = dataclasses.replace(found, keypoints=np.full((50, 2), 7, np.float32))
    assert len(choose(found, Choice(20, 1.0))) == 20


@pytest.mark.parametrize(('orientations', 'left'), [
    (0, [0, 1, 2, 3, 4, 5]), (1, [0, 1, 4]), (2, [0, 1, 2, 4, 5]), (3, [0, 1, 2, 3, 4, 5])])
def test_further_orientations_of_a_place_are_left_out(orientations, left):
    found = features((1, 10, .9), (2, 20, .8), (1, 30, .7), (1, 40, .6), (3, 50, .5), (3, 60, .4))
    chosen = find_places(lambda most: found, Choice(10, orientations=orientations))
    assert chosen.angles.tolist() == found.angles[left].tolist()


def test_places_count_once_and_more_are_asked_for_where_too_few_are_left():
    found = features(*((1, angle, .9) for angle in range(5)), (2, 20, .6), (3, 50, .5))
    asked = []

    def find(most):
        asked.append(most)
        return found.take(np.arange(min(most, len(found))))

    choice = Choice(2, orientations=1)
    chosen = choose(find_places(find, choice), choice)
    assert chosen.keypoints[:, 0].tolist() == [1, 2] and asked == [3, 6]


@pytest.mark.parametrize(('method', 'orientations', 'repeated'), [
    ('rootsift', 0, True), ('rootsift', 1, False), ('residual_rootsift_small', 0, False),
    ('residual_rootsift_small', 2, True)])
def test_a_place_of_sift_is_one_keypoint_where_a_network_joins_in(method, orientations, repeated,
                                                                 image):
    if method.startswith('residual'):
        need_default_backend()
    found = create_extractor(method, 60, orientations=orientations).extract(image)
    places = np.unique(np.concatenate([found.keypoints, found.sizes[:, None]], 1), axis=0)
    assert (len(places) < len(found)) == repeated and len(found) == 60
