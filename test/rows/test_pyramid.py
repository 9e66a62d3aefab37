# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.rows import pyramid as module
from residual_features_ros.rows.pyramid import View, pyramid


@pytest.mark.parametrize('size', [(64, 48), (640, 480), (8, 8), (1936, 1216)])
def test_levels_halve_three_times(size):
    width, height = size
    levels = pyramid(np.full((height, width), 9, np.uint8))
    assert [level.shape for level in levels] == [
        (height // s, width // s) for s in (1, 2, 4, 8, 8, 8)]
    for level in levels:
        np.testing.assert_array_equal(level, 9)


def test_a_cell_is_the_mean_of_its_pixels_and_edges_are_repeated():
    grey = np.arange(5 * 11, dtype=np.uint8).reshape(5, 11)
    levels = pyramid(grey)
    padded = np.pad(grey, ((0, 3), (0, 5)), mode='edge').astype(np.float32)  # (8, 16)
    for number in range(4):
        side = 2**number
        cells = padded.reshape(8 // side, side, 16 // side, side).mean((1, 3))
        np.testing.assert_allclose(levels[number], cells, rtol=1e-6)


def test_the_last_levels_are_the_third_blurred_ever_wider():
    grey = np.zeros((160, 160), np.uint8)
    grey[80:88, 80:88] = 255  # one cell of level 3
    levels = pyramid(grey)
    for level, width in zip(levels[3:], (1, 5, 13), strict=True):  # 3 + 3 - 1; 5 + 5 - 1 of that
        assert level.sum() == pytest.approx(255, rel=1e-4)
        assert (level.max(0) > 1e-3).sum() == width


def test_a_view_makes_its_pyramid_once_and_when_it_is_asked_for(monkeypatch):
    made = []
    monkeypatch.setattr(module, 'pyramid', lambda grey: (made.append(grey), pyramid(grey))[1])
    grey = np.random.default_rng(0).integers(0, 256, (48, 64), np.uint8)
    view = View(grey)
    assert view.grey is grey and not made
    assert view.levels is view.levels and len(made) == 1
    for level, expected in zip(view.levels, pyramid(grey), strict=True):
        np.testing.assert_array_equal(level, expected)
