# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np

from residual_features_ros.keypoints.opencv import from_opencv


def test_keypoints_keep_their_numbers_and_their_order():
    points = [cv2.KeyPoint(1.5, 2.5, 7, 30, 0.25, 3), cv2.KeyPoint(4, 5, 8, -1, 0.75, 1)]
    rows = np.eye(2, 4, dtype=np.float32)
    found = from_opencv(points, np.array([3, 1]), rows, np.zeros((20, 30), np.uint8))
    assert found.keypoints.tolist() == [[1.5, 2.5], [4, 5]] and found.sizes.tolist() == [7, 8]
    assert found.angles.tolist() == [30, -1] and found.responses.tolist() == [0.25, 0.75]
    assert found.octaves.tolist() == [3, 1] and found.octaves.dtype == np.int32
    assert found.descriptors is rows and found.image_size == (30, 20)


def test_no_keypoints_have_shapes_all_the_same():
    found = from_opencv((), np.zeros(0), np.zeros((0, 4), np.float32), np.zeros((9, 9), np.uint8))
    assert len(found) == 0 and found.keypoints.shape == (0, 2) and found.sizes.shape == (0,)
