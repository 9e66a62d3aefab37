# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from training.learn.chains import joined


def test_rows_are_followed_where_the_middle_is_the_same():
    first, second = np.array([[0, 5], [1, 6], [2, 7]]), np.array([[5, 9], [7, 3], [8, 1]])
    assert joined(first, second).tolist() == [[0, 9], [2, 3]]
    assert joined(first, np.zeros((0, 2), int)).shape == (0, 2)
