# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np

from residual_features_ros.keypoints.selection import strongest
from residual_features_ros.types import Features


def features(*rows):
    """Return features of rows (x, angle, response)."""
    x, angles, responses = np.float32(rows).reshape(-1, 3).T
    return Features(np.stack([x, x], 1), np.ones_like(x), angles, responses,
                    np.zeros(len(x), np.int32), np.zeros((len(x), 4), np.float32), (9, 9))


def test_the_strongest_come_first_and_are_kept():
    found = strongest(features((1, 0, 0.2), (2, 0, 0.9), (3, 0, 0.5)), 2)
    assert found.keypoints[:, 0].tolist() == [2, 3] and found.responses.tolist() == \
        np.float32([0.9, 0.5]).tolist()


def test_equals_are_ordered_by_place_then_angle_whatever_order_they_came_in():
    rows = [(2, 10, 0.5), (1, 300, 0.5), (1, 20, 0.5), (3, 0, 0.7)]
    for order in (rows, rows[::-1]):
        found = strongest(features(*order), 3)
        assert found.keypoints[:, 0].tolist() == [3, 1, 1]
        assert found.angles.tolist() == [0, 20, 300]


def test_equals_of_one_column_are_ordered_by_row_then_size_whatever_order_they_came_in():
    found = features((1, 0, 0.5), (1, 0, 0.5), (1, 0, 0.5))
    found = dataclasses.replace(found, sizes=np.float32([2, 1, 3]),
                                keypoints=np.float32([[1, 8], [1, 8], [1, 7]]))
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        assert strongest(found.take(np.array(order)), 3).sizes.tolist() == [3, 1, 2]


def test_none():
    assert len(strongest(features(), 5)) == 0
