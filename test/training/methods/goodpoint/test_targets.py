# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Equations 5 to 10 on points that are matched by hand."""
import pytest
import torch

from training.methods.goodpoint.config import LossConfig
from training.methods.goodpoint.targets import Matched, match, strongest, targets

SHIFT = torch.tensor([[1.0, 0, 4], [0, 1, 0], [0, 0, 1]])  # 4 px to the right
SIZE = (32, 32)


def test_equations_5_and_6_take_the_strongest_pixel_of_each_window():
    scores = torch.zeros(32, 64)
    for x, y, value in ((3, 5, 0.5), (20, 30, 0.7), (40, 0, 0.2), (63, 31, 0.1)):
        scores[y, x] = value
    everywhere = torch.ones_like(scores, dtype=torch.bool)
    assert strongest(scores, everywhere, 32).tolist() == [[20, 30], [40, 0]]
    found = strongest(scores, everywhere, 16).tolist()
    assert len(found) == 2 * 4
    assert [3, 5] in found and [20, 30] in found and [40, 0] in found and [63, 31] in found


def test_only_valid_pixels_are_points():
    scores = torch.zeros(32, 64)
    scores[30, 20], scores[5, 3] = 0.7, 0.5
    valid = torch.ones_like(scores, dtype=torch.bool)
    valid[30, 20] = False
    valid[:, 32:] = False  # the second window has none
    assert strongest(scores, valid, 32).tolist() == [[3, 5]]


def descriptors(*rows):
    """Return a map (4, 4, 4) that is `row` in the cells named (x, y) and (0, 0, 0, 1) besides."""
    dense = torch.zeros(4, 4, 4)
    dense[3] = 1
    for (x, y), row in rows:
        dense[:, y, x] = torch.tensor(row, dtype=torch.float)
    return dense


def test_equations_7_and_8_match_by_place_and_by_descriptor():
    a, b, c = [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]
    # Centres of cells: 3.5 + 8 n. The third point leaves the view.
    points = torch.tensor([[3.5, 3.5], [11.5, 11.5], [30, 3.5]])
    others = torch.tensor([[8.5, 3.5], [11.5, 19.5], [24.0, 11.5]])
    dense = torch.stack([descriptors(((0, 0), a), ((1, 1), b)),
                         descriptors(((1, 2), a), ((1, 0), c), ((0, 0), c))])
    found = match(points, others, dense, SHIFT, SIZE)
    assert found.moved.tolist() == [[7.5, 3.5], [15.5, 11.5]]
    # By place: 1 px to the first of `others`; 8.5 to the third, 8.94 to the second.
    assert found.nearest.tolist() == [0, 2]
    assert found.distance.tolist() == pytest.approx([1.0, 8.5])
    # By descriptor: a is that of the second.
    assert found.alike[0] == 1
    assert torch.allclose(found.first, torch.tensor([a, b], dtype=torch.float))
    assert torch.allclose(found.second[1], torch.tensor(a, dtype=torch.float))


def test_nothing_is_matched_where_no_point_is_left():
    dense = torch.stack([descriptors(), descriptors()])
    for points, others in ((torch.tensor([[31.0, 0]]), torch.tensor([[1.0, 1]])),
                           (torch.tensor([[1.0, 0]]), torch.zeros(0, 2))):
        found = match(points, others, dense, SHIFT, SIZE)
        assert len(found.nearest) == len(found.first) == len(found.moved) == 0


def test_equations_9_and_10_meet_halfway_and_go_back():
    double = torch.tensor([[2.0, 0, 0], [0, 2, 0], [0, 0, 1]])
    found = Matched(
        moved=torch.tensor([[10.0, 10], [20, 20], [4, 4], [16, 6]]),
        points=torch.tensor([[12.0, 10], [20, 24], [4, 4], [16, 8]]),
        first=torch.zeros(4, 2), second=torch.zeros(4, 2),
        distance=torch.tensor([2.0, 4.0, 0.0, 2.0]), nearest=torch.tensor([0, 1, 2, 3]),
        alike=torch.tensor([0, 1, 0, 3]))
    # The second is not within 4 px, the third's descriptor is like another's.
    first, second = targets(found, double, SIZE, LossConfig(distance_px=4.0))
    assert second.tolist() == [[11, 10], [16, 7]]
    assert first.tolist() == [[5.5, 5], [8, 3.5]]


def test_targets_outside_the_first_view_are_dropped():
    found = Matched(
        moved=torch.tensor([[4.0, 2]]), points=torch.tensor([[2.0, 2]]), first=torch.zeros(1, 2),
        second=torch.zeros(1, 2), distance=torch.tensor([2.0]), nearest=torch.tensor([0]),
        alike=torch.tensor([0]))
    # Halfway is x = 3, which comes from -1.
    assert [len(side) for side in targets(found, SHIFT, SIZE, LossConfig())] == [0, 0]
