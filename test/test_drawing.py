# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from residual_features_ros import create_extractor
from residual_features_ros.drawing import (
    draw_dot,
    draw_keypoints,
    draw_matches,
    draw_tails,
    extend_tails,
    rainbow,
)
from residual_features_ros.text_table import table


def test_a_dot_lies_on_its_pixel():
    canvas = np.zeros((9, 9, 3), np.uint8)
    draw_dot(canvas, np.array([6.0, 2.0]), 1, (255, 255, 255))
    rows, columns = np.nonzero(canvas[..., 0])
    weights = canvas[rows, columns, 0].astype(float)
    np.testing.assert_allclose(np.average(columns, weights=weights), 6, atol=0.05)
    np.testing.assert_allclose(np.average(rows, weights=weights), 2, atol=0.05)


def test_inliers_are_green_and_others_red():
    black = np.zeros((40, 60, 3), np.uint8)
    points = np.array([[10.0, 10.0], [10.0, 30.0]])
    drawn = draw_matches((black, black), (points, points), np.array([True, False]))
    assert drawn.shape == (40, 120, 3)
    assert drawn[10, 40].argmax() == 1
    assert drawn[30, 40].argmax() == 2


def test_keypoints_are_drawn_at_scale(image):
    features = create_extractor('rootsift', 50).extract(image)
    assert draw_keypoints(image, features, 2.0).shape == (480, 640, 3)
    assert draw_keypoints(image, features.take(np.zeros(0, int))).shape == image.shape


def test_tails_grow_by_the_tracks_that_go_on_and_others_end():
    before, now = np.array([[1.0, 1], [5, 5]]), np.array([[2.0, 1], [6, 5]])
    tails = extend_tails({7: np.array([[0.0, 1], [1, 1]]), 8: before}, np.array([7, 9]), before,
                         now)
    assert {track: tail.tolist() for track, tail in tails.items()} == {
        7: [[0, 1], [1, 1], [2, 1]], 9: [[5, 5], [6, 5]]}
    assert draw_tails(np.zeros((10, 12), np.uint8), tails, 2.0).shape == (20, 24, 3)


def test_a_rainbow_runs_from_blue_to_red():
    low, high = rainbow(np.array([0.0, 5.0]), 0.5, 4.5)
    assert low[0] > low[2]
    assert high[2] > high[0]


def test_numbers_stand_right_and_words_left():
    assert table(['a', 'n', 'w'], [['x', 5, 'one'], ['long', 10, 'p']]).splitlines() == [
        'a      n  w', '----  --  ---', 'x      5  one', 'long  10  p']
