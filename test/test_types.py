# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from residual_features_ros import Features


def test_take_selects_rows_of_every_array():
    n = 4
    features = Features(
        np.arange(2 * n, dtype=np.float32).reshape(n, 2), *(np.arange(n) for _ in range(4)),
        np.eye(n, dtype=np.float32), (320, 240))
    taken = features.take(np.array([2, 0]))
    assert len(taken) == 2 and taken.image_size == (320, 240)
    assert taken.keypoints.tolist() == [[4, 5], [0, 1]]
    assert taken.octaves.tolist() == [2, 0]
    assert taken.descriptors.argmax(1).tolist() == [2, 0]
