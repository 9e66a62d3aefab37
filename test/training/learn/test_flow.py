# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
from support.pictures import textured

from residual_features_ros.image import to_grey
from training.learn.flow import follow


def test_points_are_followed_from_where_matches_say_and_lost_where_they_vanish():
    first = to_grey(textured(320, 240))
    move = np.float32([[1, 0, 37], [0, 1, 12]])  # too far for flow that begins at rest
    second = cv2.warpAffine(first, move, (320, 240))
    rng = np.random.default_rng(0)
    points = rng.uniform((20, 20), (260, 200), (80, 2))
    matched = rng.uniform((20, 20), (260, 200), (30, 2))
    there, known = follow(first, second, points, (matched, matched + (37, 12)))
    assert known.mean() > .7
    assert np.abs(there[known] - points[known] - (37, 12)).max() < .5

    second[:, 150:] = rng.integers(0, 255, (240, 170), np.uint8)
    _, known = follow(first, second, points, (matched, matched + (37, 12)))
    gone = points[:, 0] + 37 > 165
    assert known[gone].mean() < .1 and known[points[:, 0] + 37 < 135].mean() > .6


def test_without_matches_nothing_is_known():
    image, nowhere = textured(64, 64), np.zeros((0, 2))
    points = np.full((5, 2), 30.0)
    assert not follow(image, image, points, (nowhere, nowhere))[1].any()
    assert follow(image, image, nowhere, (points, points))[0].shape == (0, 2)
