# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from training.data.correspondence import correspond, predict_keypoints


def rotation(degrees, scale=1.0):
    c, s = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def test_predicted_keypoints_turn_and_grow():
    predicted = predict_keypoints(np.array([[10.0, 0.0, 4.0, 350.0]]), rotation(90, 2))
    np.testing.assert_allclose(predicted, [[0, 20, 8, 80]], atol=1e-6)


def test_correspondences_by_hand():
    predicted = np.array([
        [10, 10, 5, 0],     # same place, both orientations: the angle decides
        [10, 10, 5, 180],
        [50, 50, 5, 0],     # 4 px off
        [80, 80, 5, 0],     # three times the size
        [90, 20, 5, 0]])    # two candidates: the nearer
    found = np.array([
        [11, 10, 5, 170], [11, 10, 5, 350], [54, 50, 5, 0], [80, 80, 15, 0], [92, 20, 5, 0],
        [91, 20, 5, 0.0]])
    assert correspond(predicted, found, upright=False).tolist() == [1, 0, -1, -1, 5]
    assert correspond(predicted, np.zeros((0, 4)), False).tolist() == [-1] * 5


def test_an_upright_detector_s_angles_say_nothing():
    predicted = np.array([[10, 10, 5, 90], [30, 10, 5, 90], [50, 10, 5, 10], [70, 10, 5, 90.0]])
    found = np.array([[11, 10, 5, -1], [30, 12, 5, 270], [50, 10, 5, 0], [74, 10, 5, 90.0]])
    assert correspond(predicted, found, upright=True).tolist() == [0, 1, 2, -1]
    assert correspond(predicted, found, upright=False).tolist() == [-1, -1, 2, -1]


def test_an_upright_detector_s_angles_choose_nothing():
    predicted = np.array([[10, 10, 5, 0.0]])
    found = np.array([[11, 10, 5, 0], [10, 10, 5, 40.0]])  # the nearer one is turned
    assert correspond(predicted, found, upright=True).tolist() == [1]
    assert correspond(predicted, found, upright=False).tolist() == [0]
