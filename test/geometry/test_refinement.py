# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
from support.rendered_scene import points, pose

from residual_features_ros.geometry.epipolar import sampson
from residual_features_ros.geometry.pose import (
    direction_error_deg,
    motion_between,
    rotation_error_deg,
)
from residual_features_ros.geometry.refinement import best_motion, moved, refine


def scene():
    space, true = points(80), motion_between(pose(), pose(0.2, 0.1, 0.5, 2, -1))
    there = space @ true[:3, :3].T + true[:3, 3]
    direction = true[:3, 3] / np.linalg.norm(true[:3, 3])
    return space / space[:, 2:], there / there[:, 2:], true[:3, :3], direction


def test_the_distance_is_that_of_a_point_moved_off_its_line():
    a, b, rotation, direction = scene()
    np.testing.assert_allclose(sampson(rotation, direction, a, b), 0, atol=1e-12)
    x, y, z = direction
    line = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]) @ rotation @ a[0]
    normal = np.append(line[:2] / np.linalg.norm(line[:2]), 0)
    off = sampson(rotation, direction, a[:1], b[:1] + 1e-3 * normal)
    # Both ends of a match take part of the error: less than 1e-3, at least 1e-3 / sqrt(2) or so.
    assert 5e-4 < abs(off[0]) < 1e-3


def test_a_bad_guess_becomes_the_truth_despite_outliers():
    a, b, rotation, direction = scene()
    b[:6, :2] += 0.05
    guess = moved(rotation, direction, np.array([0.01, -0.02, 0.01, 0.1, -0.1]))
    assert rotation_error_deg(guess[0], rotation) > 1
    found = refine(*guess, a, b, 1 / 260)
    assert rotation_error_deg(found[0], rotation) < 0.01
    assert direction_error_deg(found[1], direction) < 0.1


def test_the_guess_stays_where_nothing_can_be_learned():
    a, b, rotation, direction = scene()
    found = refine(rotation, direction, a[:2], b[:2], 1 / 260)
    assert np.isfinite(found[0]).all() and abs(cv2.determinant(found[0]) - 1) < 1e-9


def test_a_step_aside_with_a_turn_does_not_pass_for_a_step_ahead():
    rng = np.random.default_rng(0)
    space = rng.uniform([0, -3, 12], [8, 1, 30], (150, 3))  # on one side of a long lens
    a, b = (seen / seen[:, 2:] for seen in (space, space - [0, 0, 1.2]))
    b[:, :2] += rng.normal(0, 0.3 / 700, (150, 2))
    b[:20, :2] += rng.uniform(-0.05, 0.05, (20, 2))
    aside = cv2.Rodrigues(np.radians([0, 5.8, 0]))[0], np.array([0.96, 0, 0.28])
    stuck = refine(*aside, a, b, 1 / 700)
    agreeing = np.abs(sampson(*stuck, a, b)) < 1 / 700
    assert rotation_error_deg(stuck[0], np.eye(3)) > 5 and agreeing.sum() > 110
    rotation, direction = best_motion(stuck, a, b, agreeing, 1 / 700)
    assert rotation_error_deg(rotation, np.eye(3)) < 0.1 and abs(direction[2]) > 0.999
