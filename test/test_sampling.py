# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from residual_features_ros.sampling import sample


def test_cell_centres_midpoints_and_outside():
    dense = np.arange(6, dtype=np.float32).reshape(1, 2, 3)  # rows 0 1 2 / 3 4 5
    points = np.array([
        [3.5, 3.5],    # centre of cell (0, 0)
        [7.5, 3.5],    # halfway to cell (0, 1)
        [11.5, 11.5],  # centre of cell (1, 1)
        [11.5, 7.5],   # halfway between cells (0, 1) and (1, 1)
        [0.0, 0.0],    # outside the centres: constant
        [23.0, 15.0],
    ])
    assert sample(dense, points, 8).ravel().tolist() == [0, 0.5, 4, 2.5, 0, 5]


def test_no_points():
    assert sample(np.zeros((4, 2, 3), np.float32), np.zeros((0, 2)), 8).shape == (0, 4)
