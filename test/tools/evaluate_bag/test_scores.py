# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of records made by hand: their answers are known."""
import numpy as np
import pytest
from support.rendered_scene import MATRIX, camera_path, points, project

from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.trajectory import Trajectory
from residual_features_ros.tools.evaluate_bag.inputs import Inputs
from residual_features_ros.tools.evaluate_bag.methods import Record
from residual_features_ros.tools.evaluate_bag.scores import Score, figures, median, track_lengths

CAMERA = Camera(MATRIX, (320, 240))
PERIOD_NS = 10**8
COUNT, WRONG = 120, 30


def inputs(poses, camera=CAMERA):
    truth = Trajectory(PERIOD_NS * np.arange(len(poses)), poses) if len(poses) else None
    return Inputs(None, camera, 'hand', truth, 10**6)


def score_of(poses, given):
    """Return the score of matches without noise, WRONG of COUNT wrong."""
    space, rng, score = points(COUNT), np.random.default_rng(0), Score()
    empty = np.zeros((0, 2), np.float32)
    score.add(Record(0, None, COUNT, empty, empty, np.zeros(0, int), 900, np.nan), given, 1.0)
    for i in range(1, len(poses)):
        before, now = project(space, poses[i - 1]), project(space, poses[i])
        now[:WRONG] = rng.uniform(0, 240, (WRONG, 2))
        score.add(Record(i * PERIOD_NS, (i - 1) * PERIOD_NS, COUNT, before, now,
                         np.arange(COUNT), 10 + i, 2), given, 1.0)
    return score


def test_a_known_scene_has_known_figures():
    poses = camera_path(8, speed=5)
    score = score_of(poses, inputs(poses))
    found = figures(score)
    assert (found['frames'], found['pairs'], found['pairs_with_motion'],
            found['pairs_with_truth']) == (8, 7, 7, 7)
    assert (found['keypoints'], found['matches']) == (COUNT, COUNT)
    assert found['inlier_ratio'] == pytest.approx(0.75, abs=0.04)
    assert found['rotation_deg'] < 0.02 and found['direction_deg'] < 0.5
    assert found['track_images'] == 8 and found['longest_inlier_track'] == 8
    assert found['frame_ms'] == 16  # 13 ... 19: the first image, 900 ms, does not count
    assert found['match_ms'] == 2
    np.testing.assert_allclose(score.odometry.trajectory().poses[-1], poses[-1], atol=0.02)


def test_evo_agrees_that_there_is_no_error(tmp_path):
    pytest.importorskip('evo', reason='evo is not installed: make test installs it')
    from residual_features_ros.tools.evaluate_bag.evo_errors import evo_errors
    poses = camera_path(8, speed=5)
    given = inputs(poses)
    estimate = score_of(poses, given).odometry.trajectory()
    errors = evo_errors(given.ground_truth, estimate)
    assert errors['ate_rmse'] < 0.01 and errors['rpe_rotation_deg_rmse'] < 0.1
    shifted = estimate.poses.copy()
    shifted[::2, 1, 3] += 0.1  # every second pose is 0.1 off: RPE 0.1, ATE half of it
    errors = evo_errors(given.ground_truth, Trajectory(estimate.stamps_ns, shifted))
    assert errors['rpe_rmse'] == pytest.approx(0.1, abs=0.01)
    assert errors['ate_rmse'] == pytest.approx(0.05, abs=0.01)
    assert evo_errors(Trajectory(np.arange(2), poses[:2]), Trajectory(np.arange(2), poses[:2])) \
        == {}


def test_without_ground_truth_steps_have_length_1():
    poses = camera_path(5)
    score = score_of(poses, inputs([]))
    found = figures(score)
    assert np.isnan(found['rotation_deg']) and found['pairs_with_truth'] == 0
    assert found['pairs_with_motion'] == 4
    assert score.odometry.trajectory().length() == pytest.approx(4)


def test_without_a_camera_there_are_inliers_and_no_poses():
    poses = camera_path(5)
    score = score_of(poses, inputs(poses, camera=None))
    found = figures(score)
    assert found['inlier_ratio'] == pytest.approx(0.75, abs=0.1)
    assert found['pairs_with_motion'] == 0 and len(score.odometry.trajectory()) == 1


def test_an_image_without_matches_repeats_the_motion():
    poses, empty = camera_path(3), np.zeros((0, 2), np.float32)
    given = inputs(poses)
    score = score_of(poses, given)
    score.add(Record(3 * PERIOD_NS, 2 * PERIOD_NS, 0, empty, empty, np.zeros(0, int), 1, 1),
              given, 1.0)
    assert figures(score)['repeated_motions'] == 1
    first, last = (score.odometry.poses[i * PERIOD_NS] for i in (2, 3))
    assert np.linalg.norm(last[:3, 3] - first[:3, 3]) > 0.05


def test_tracks_by_hand():
    # 5 lives through all four images; 6 in the first two; 7 twice two: it was lost in between.
    steps = [np.array([5, 6]), np.array([5]), np.array([5, 7])]
    assert sorted(track_lengths(steps).tolist()) == [2, 2, 4]
    assert sorted(track_lengths([np.array([7]), np.array([]), np.array([7])]).tolist()) == [2, 2]
    assert len(track_lengths([])) == 0


def test_of_nothing_there_is_no_median():
    assert np.isnan(median([])) and np.isnan(median([np.nan])) and median([1, np.nan, 3]) == 2
