# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np

from residual_features_ros.geometry.epipolar import fundamental_inliers
from residual_features_ros.geometry.homography import homography_inliers, resize_map, transform


def test_transform_by_hand():
    homography = np.array([[2, 0, 1], [0, 2, 0], [0, 0, 2.0]])
    assert transform(np.array([[3.0, 5.0]]), homography).tolist() == [[3.5, 5]]


def test_robust_estimates_tell_inliers_from_outliers():
    rng = np.random.default_rng(0)
    a = rng.uniform(0, 600, (60, 2)).astype(np.float32)
    homography = np.array([[1.1, 0.1, 5], [-0.05, 0.9, 8], [1e-4, 0, 1]])
    b = transform(a, homography).astype(np.float32)
    b[:15] += 80
    assert homography_inliers(a, b).tolist() == [False] * 15 + [True] * 45
    # Points in space seen by two cameras side by side: rows stay, columns move by depth.
    depth = rng.uniform(2, 9, 60)
    right = a - np.stack([300 / depth, np.zeros(60)], 1).astype(np.float32)
    right[:10, 1] += rng.uniform(30, 90, 10)
    inliers = fundamental_inliers(a, right.astype(np.float32))
    assert inliers[10:].mean() > 0.95 and inliers[:10].mean() < 0.3


def test_too_few_points_have_no_inliers():
    few = np.zeros((3, 2), np.float32)
    assert not homography_inliers(few, few).any() and not fundamental_inliers(few, few).any()


def test_an_assertion_of_opencv_means_no_inliers(monkeypatch):
    def fail(*_, **__):
        raise cv2.error('!model.empty()')

    monkeypatch.setattr(cv2, 'findFundamentalMat', fail)
    monkeypatch.setattr(cv2, 'findHomography', fail)
    many = np.zeros((9, 2), np.float32)
    assert fundamental_inliers(many, many).tolist() == [False] * 9
    assert homography_inliers(many, many).tolist() == [False] * 9


def test_resizing_maps_centres():
    half = resize_map((640, 480), (320, 240))
    assert (half @ [1.5, 0.5, 1]).tolist() == [0.5, 0, 1]
