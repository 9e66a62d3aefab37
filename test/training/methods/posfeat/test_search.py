# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import math

import pytest
import torch

from training.geometry import epipolar_lines, sample
from training.methods.posfeat.search import (
    along_lines,
    clip_lines,
    random_queries,
    read,
    similarities,
    unit_map,
    unit_rows,
    window_offsets,
)

CPU = torch.device('cpu')


def test_each_cell_has_one_query():
    queries = random_queries(2, (70, 50), 16, CPU)  # whole cells: 4 by 3
    assert queries.shape == (2, 12, 2) and torch.equal(queries, queries.round())
    cells = (queries // 16).long()
    expected = torch.tensor([[x, y] for y in range(3) for x in range(4)])
    assert torch.equal(cells, expected.expand(2, -1, -1))
    assert not torch.equal(queries[0] % 16, queries[1] % 16)


def test_lines_are_cut_at_the_edges_of_the_image():
    half = math.sqrt(0.5)
    lines = torch.tensor([[[0, 1, -3.0], [1, 0, -5], [half, -half, 0], [half, half, -half * 4],
                           [0, 1, 1], [1, 0, -9.5], [half, half, -half * 20]]])
    ends, crossing = clip_lines(lines, (10, 8))  # pixels 0..9 by 0..7
    assert crossing.tolist() == [[True] * 4 + [False] * 3]
    expected = [[[0, 3], [9, 3]], [[5, 0], [5, 7]], [[0, 0], [7, 7]], [[0, 4], [4, 0]]]
    for found, wanted in zip(ends[0], torch.tensor(expected, dtype=torch.float32), strict=False):
        assert torch.allclose(found, wanted, atol=1e-5) \
            or torch.allclose(found.flip(0), wanted, atol=1e-5)


def test_places_along_a_line_are_even_and_hold_both_ends():
    places = along_lines(torch.tensor([[[[0.0, 3], [8, 7]]]]), 5)
    assert places[0, 0].tolist() == [[0, 3], [2, 4], [4, 5], [6, 6], [8, 7]]


def test_clipped_ends_lie_on_the_epipolar_line():
    torch.manual_seed(0)
    lines = epipolar_lines(100 * torch.rand(3, 50, 2), torch.randn(3, 3, 3))
    ends, crossing = clip_lines(lines, (100, 80))
    on_line = (ends * lines[:, :, None, :2]).sum(3) + lines[:, :, None, 2]
    assert crossing.any() and on_line[crossing].abs().max() < 1e-3


def test_a_window_has_half_a_tenth_of_the_image_on_each_side():
    offsets, half = window_offsets(0.1, (640, 480), 4, CPU)
    assert half.tolist() == [32, 24]
    assert offsets.shape == (16 * 12, 2)  # as many as the map has cells there
    assert offsets.amin(0).tolist() == [-32, -24] and offsets.amax(0).tolist() == [32, 24]
    assert offsets.mean(0).abs().max() < 1e-5


def test_reading_similarities_is_comparing_with_the_map_that_is_read():
    torch.manual_seed(0)
    dense, points = torch.randn(2, 6, 8, 10), 40 * torch.rand(2, 5, 2)
    queries, maps = unit_rows(dense, points, 4), unit_map(dense)
    places = 45 * torch.rand(2, 5, 7, 2) - 3
    found = read(similarities(queries, maps), places, 4)
    for n in range(5):
        rows = sample(maps, places[:, n], 4)  # (B, 7, C)
        assert torch.allclose(found[:, n], (rows * queries[:, n, None]).sum(2), atol=1e-6)
    assert queries.norm(dim=2).sub(1).abs().max() < 1e-6
    assert found.abs().max() == pytest.approx(1, abs=1)
