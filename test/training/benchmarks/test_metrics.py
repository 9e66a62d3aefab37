# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every metric on four points and a shift by 10 px, with the numbers computed by hand."""
import numpy as np
import pytest

from training.benchmarks import metrics

SHIFT = np.array([[1, 0, 10], [0, 1, 0], [0, 0, 1.0]])
SIZE = (100, 100)
# The last point of view 1 moves to x = 105, out of view 2; the last of view 2 comes from x = -6.
FIRST = np.array([[0.0, 0], [20, 20], [50, 50], [95, 50]])
SECOND = np.array([[10.0, 0], [34, 20], [60, 51], [4, 50]])


def test_errors_and_the_shared_view():
    assert metrics.transfer_errors(FIRST, SECOND, SHIFT).tolist() == [0, 4, 1, 101]
    assert metrics.covisible(FIRST, SHIFT, SIZE).tolist() == [True, True, True, False]
    assert metrics.covisible(SECOND, np.linalg.inv(SHIFT), SIZE).tolist() == [
        True, True, True, False]
    # The shared view ends in the centres of the outermost pixels.
    edges = np.array([[89.0, 99], [89.5, 50], [50, 99.5], [50, -0.5]])
    assert metrics.covisible(edges, SHIFT, SIZE).tolist() == [True, False, False, False]


def test_recall_is_of_the_matches_that_the_keypoints_allow():
    possible = metrics.possible_matches(FIRST, SECOND, SHIFT, 3.0)
    assert possible == 2  # the first and the third point
    assert metrics.recall(1, possible) == 0.5
    assert metrics.recall(0, 0) == 0


def test_mma_and_its_score():
    errors = metrics.transfer_errors(FIRST, SECOND, SHIFT)  # 0, 4, 1, 101
    # 'Within' excludes the threshold itself: 1 px counts from 2, 4 px from 5.
    accuracy = [0.25, 0.5, 0.5, 0.5, *[0.75] * 6]
    assert metrics.mma(errors) == accuracy
    # Weights 1.9, 1.8, ... 1.0, together 14.5: 1.9 * .25 + (1.8 + 1.7 + 1.6) * .5
    # + (1.5 + 1.4 + 1.3 + 1.2 + 1.1 + 1.0) * .75 = .475 + 2.55 + 5.625
    assert metrics.mma_score(accuracy) == pytest.approx(8.65 / 14.5)
    assert metrics.mma(np.zeros(0)) == [0] * 10


def test_repeatability():
    # All four moved are (10, 0) (30, 20) (60, 50) (105, 50): two of view 1, two of view 2.
    assert metrics.repeatability(FIRST, SECOND, SHIFT, 3.0) == (2 + 2) / (4 + 4)
    # Within 5 px also the second pair.
    assert metrics.repeatability(FIRST, SECOND, SHIFT, 5.0) == (3 + 3) / (4 + 4)
    # Without the third of view 2 and with (11, 1): one of four, two of four.
    others = np.array([[10.0, 0], [11, 1], [34, 20], [4, 50]])
    assert metrics.repeatability(FIRST, others, SHIFT, 3.0) == (1 + 2) / (4 + 4)
    assert metrics.repeatability(FIRST, SECOND[:0], SHIFT, 3.0) == 0


def test_matching_score():
    similarity = np.array([
        [0.9, 0.1, 0.2, 0.0],   # 1 -> 1, right
        [0.1, 0.8, 0.3, 0.0],   # 2 -> 2, 4 px off
        [0.2, 0.4, 0.7, 0.1],   # 3 -> 3, right
        [0.3, 0.5, 0.1, 0.6]])  # 4 -> 4, a neighbour outside the shared view: does not count
    # 2 of 3 from view 1; the same neighbours the other way: 2 of 3.
    assert metrics.matching_score(FIRST, SECOND, similarity, SHIFT, SIZE, 3.0) == \
        pytest.approx(2 / 3)
    # Point 4 now chooses 3, wrong: 2 of 4. Of view 2, all but the last still choose as before,
    # and that one chooses 3, in the shared view and wrong: 2 of 4.
    similarity[3] = [0.3, 0.1, 0.65, 0.05]
    assert metrics.matching_score(FIRST, SECOND, similarity, SHIFT, SIZE, 3.0) == 0.5
    # No mutual check: 2 chooses 3 as well, wrong, and view 2 does not change: (1/2) (2/4 + 2/4).
    similarity[1, 2] = 0.85
    similarity[2, 2] = 0.9
    assert metrics.matching_score(FIRST, SECOND, similarity, SHIFT, SIZE, 3.0) == 0.5
    # Right, but outside the shared view: (9, 50) comes from x = -1. View 2 asks inside it: 1 of 1.
    edge = np.array([[0.0, 50]]), np.array([[9.0, 50]])
    assert metrics.matching_score(*edge, np.eye(1), SHIFT, SIZE, 3.0) == 0.5
    assert metrics.matching_score(FIRST[:0], SECOND, similarity[:0], SHIFT, SIZE, 3.0) == 0


def test_matching_score_of_views_of_two_sizes():
    """View 1 shows what view 2 of twice its size shows, but for the right half of that."""
    shift = np.eye(3)
    first, second = np.array([[50.0, 50]]), np.array([[50.0, 50], [150, 50]])
    similarity = np.array([[0.2, 0.9]])
    # From view 1: the neighbour (150, 50) is not in its view. From view 2: (50, 50) is right for
    # the first, wrong for the second, and both views show it.
    assert metrics.matching_score(first, second, similarity, shift, (100, 100), 3.0,
                                  (200, 100)) == 0.25
    outside = np.array([[150.0, 50]])
    assert metrics.matching_score(outside, second[1:], similarity[:, 1:], shift, (200, 100), 3.0,
                                  (100, 100)) == 0.5


def test_nearest_accuracy_is_the_mean_of_both_directions():
    """Forth 0->0 (0 px), 1->1 (4 px), 2->2 (1 px), 3->2 (far); back 3->1 (far) in place of it."""
    similarity = np.array([[0.9, 0, 0, 0], [0, 0.8, 0, 0.4], [0, 0, 0.7, 0], [0, 0, 0.6, 0.1]])
    found = metrics.nearest_accuracy(FIRST, SECOND, similarity, SHIFT, (2, 5))
    assert found == pytest.approx([2 / 4, 3 / 4])
    # Over .65 all directions keep three pairs, over .75 two, of which one is right within 2 px.
    assert metrics.nearest_accuracy(FIRST, SECOND, similarity, SHIFT, (2, 5), 0.65) \
        == pytest.approx([2 / 3, 1])
    assert metrics.nearest_accuracy(FIRST, SECOND, similarity, SHIFT, (2,), 0.75) == [1 / 2]
    assert metrics.nearest_accuracy(FIRST, SECOND, similarity, SHIFT, (2, 5), 0.95) == [0, 0]
    # One direction alone finds more: back 2->2 and 1->1 are asked by one point of view 1 each.
    one_way = metrics.nearest_accuracy(FIRST[:1], SECOND, np.array([[0.9, 0.8, 0.7, 0.6]]), SHIFT,
                                       (2,))
    assert one_way == [pytest.approx((1 + 1 / 4) / 2)]
    assert metrics.nearest_accuracy(FIRST[:0], SECOND, np.zeros((0, 4)), SHIFT, (2,)) == [0]


def test_corner_error():
    corners = np.array([[0.0, 0], [99, 0], [99, 99], [0, 99]])
    assert max(metrics.corner_errors(corners, corners + [10, 0], SHIFT, SIZE)) < 1e-3
    # The estimated homography shifts by (13, 4): (3, 4) off at each corner.
    assert metrics.corner_errors(corners, corners + [13, 4], SHIFT, SIZE, 3) == pytest.approx(
        [5] * 3)
    assert metrics.corner_errors(corners[:3], corners[:3], SHIFT, SIZE, 2) == [np.inf] * 2


def test_metrics_on_four_points():
    second = np.array([[10.0, 0], [34, 20], [60, 51], [95, 50]])
    assert metrics.transfer_errors(FIRST, second, SHIFT).tolist() == [0, 4, 1, 10]
    assert metrics.covisible(FIRST, SHIFT, (100, 100)).tolist() == [True, True, True, False]
    assert metrics.possible_matches(FIRST, second, SHIFT, 3.0) == 2
    assert metrics.possible_matches(FIRST, np.zeros((0, 2)), SHIFT, 3.0) == 0


def test_accuracy_repeatability_and_score_on_four_points():
    accuracy = metrics.mma(np.array([0.5, 1.5, 4.5, 20.0]))
    assert accuracy == [0.25, 0.5, 0.5, 0.5, *[0.75] * 6]
    weights = [2 - 0.1 * t for t in range(1, 11)]
    expected = sum(w * a for w, a in zip(weights, accuracy, strict=True)) / sum(weights)
    assert metrics.mma_score(accuracy) == pytest.approx(expected)
    assert metrics.mma(np.zeros(0)) == [0.0] * 10
    second = np.array([[10.0, 0], [31, 20], [90, 90]])
    # Two of four points of view 1, two of three of view 2.
    assert metrics.repeatability(FIRST, second, SHIFT, 3.0) == pytest.approx(4 / 7)
    assert metrics.repeatability(FIRST[:0], second, SHIFT, 3.0) == 0


def test_corner_error_is_zero_for_the_truth_and_infinite_for_nothing():
    points = np.random.default_rng(0).uniform(0, 100, (30, 2))
    assert max(metrics.corner_errors(points, points + [10, 0], SHIFT, (100, 100))) < 1e-3
    assert metrics.corner_errors(points, points + [13, 4], SHIFT, (100, 100)) == pytest.approx(
        [5] * metrics.RANSAC_DRAWS)
    assert set(metrics.corner_errors(points[:3], points[:3], SHIFT, (100, 100))) == {np.inf}


def test_distances_of_every_pair():
    first, second = np.array([[0.0, 0], [3, 4]]), np.array([[3.0, 4], [0, 1], [6, 8]])
    np.testing.assert_array_equal(metrics.distances(first, second),
                                  [[5, 1, 10], [0, np.hypot(3, 3), 5]])
    assert metrics.distances(first, np.zeros((0, 2))).shape == (2, 0)


def test_theta_desc_is_a_distance_of_unit_rows():
    unit = np.eye(2, dtype=np.float32)
    least = metrics.least_similarity(unit)
    angle = np.arccos(least)  # two unit rows of this angle are .8 apart
    assert np.hypot(1 - np.cos(angle), np.sin(angle)) == pytest.approx(0.8)
    assert metrics.least_similarity(np.zeros((2, 32), np.uint8)) == -np.inf
