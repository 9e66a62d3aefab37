# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.posed_scene import CAMERA, K, exact_views, pose

from residual_features_ros.datasets.posed_images import PosedImage
from residual_features_ros.geometry.pose import relative_pose
from training.benchmarks.pose_metrics import relative_error_deg
from training.benchmarks.robust import ESTIMATORS, estimate


@pytest.mark.parametrize('estimator', ESTIMATORS)
def test_each_estimator_finds_the_pose_among_wrong_matches_and_again(estimator):
    views, rng = exact_views(noise_px=0.1), np.random.default_rng(0)
    first, second = (views[k].features.keypoints.copy() for k in (0, 4))
    second[:45] = rng.uniform(0, 240, (45, 2))
    true = relative_pose(*(PosedImage('', None, CAMERA, *pose(k)) for k in (0, 4)))
    found = estimate(first, second, (K, K), estimator, 1.0, seed=3)
    # OpenCV's old RANSAC keeps the model of a minimal sample.
    limit = 10 if estimator == 'ransac' else 1.5
    assert max(relative_error_deg((found.R, found.t), true)) < limit
    assert found.inliers[45:].mean() > 0.85 and found.inliers[:45].mean() < 0.2
    again = estimate(first, second, (K, K), estimator, 1.0, seed=3)
    np.testing.assert_array_equal(found.R, again.R)
    np.testing.assert_array_equal(found.inliers, again.inliers)


@pytest.mark.parametrize('estimator', ESTIMATORS)
def test_too_few_matches_and_equal_points_are_failures_or_poses_but_no_crash(estimator):
    same = np.full((20, 2), 7.0)
    assert estimate(same[:7], same[:7], (K, K), estimator, 1.0, 0) is None
    estimate(same, same, (K, K), estimator, 1.0, 0)
