# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

from training.benchmarks import pose_metrics as metrics

K = np.array([[500, 0, 320], [0, 500, 240], [0, 0, 1.0]])


def turned(degrees, axis=(0, 1, 0)):
    return cv2.Rodrigues(np.radians(degrees) * np.array(axis, float))[0]


@pytest.mark.parametrize('t, expected', [((2, 0, 0), 0), ((-3, 0, 0), 0), ((1, 1, 0), 45),
                                         ((0, 0, 1), 90), ((0, 0, 0), 90)])
def test_a_direction_has_no_sign_and_no_length(t, expected):
    found = metrics.translation_error_deg(np.array(t, float), np.array([1.0, 0, 0]))
    assert found == pytest.approx(expected)
    assert metrics.translation_error_deg(np.array(t, float), np.zeros(3)) == 0


def test_a_failure_is_the_largest_error():
    assert metrics.relative_error_deg(None, (np.eye(3), np.ones(3))) == (180, 180)


def test_aligning_finds_scale_turn_and_shift():
    places = np.random.default_rng(1).normal(size=(6, 3))
    R, t = turned(70, (1, 0, 0)), np.array([1.0, -2, 3])
    scale, found, shift = metrics.align(places, 2.5 * places @ R.T + t)
    assert scale == pytest.approx(2.5)
    np.testing.assert_allclose(found, R, atol=1e-9)
    np.testing.assert_allclose(shift, t, atol=1e-9)
    with pytest.raises(ValueError, match='three are the least'):
        metrics.align(places[:2], places[:2])


def test_poses_of_another_frame_and_scale_have_no_error_and_a_turned_one_its_angle():
    rng = np.random.default_rng(2)
    true = [(turned(20 * k), rng.normal(size=3)) for k in range(5)]
    turn, shift = turned(40, (0, 0, 1)), np.array([3.0, 2, 1])
    # x_true = 2 turn x + shift, so x_camera = R (2 turn x + shift) + t, of half the length.
    poses = [(R @ turn, (R @ shift + t) / 2) for R, t in true]
    apart, degrees = metrics.aligned_errors(poses, true)
    assert apart.max() < 1e-9 and degrees.max() < 1e-5
    R, t = poses[2]
    poses[2] = (turned(10) @ R, turned(10) @ t)  # the same place
    apart, degrees = metrics.aligned_errors(poses, true)
    assert apart.max() < 1e-9
    # The mean rotation takes about a fifth of it.
    assert degrees[2] == pytest.approx(8, abs=0.1)
    assert degrees[[0, 1, 3, 4]] == pytest.approx([2] * 4, abs=0.1)


def test_rotations_of_a_straight_drive_have_no_error():
    true = [(np.eye(3), np.array([0, 0, -float(k)])) for k in range(5)]
    assert metrics.aligned_errors(true, true)[1].max() < 1e-6


def test_localised_asks_for_place_and_rotation():
    metres, degrees = np.array([0.1, 0.1, 0.4, 4, 99]), np.array([1, 3, 1, 9, 0])
    assert metrics.localised(metres, degrees) == [0.2, 0.6, 0.8]
    assert metrics.localised(np.zeros(0), np.zeros(0)) == [0, 0, 0]
