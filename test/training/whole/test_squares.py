# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch

from residual_features_ros.rows import pyramid as runtime
from residual_features_ros.rows import squares
from training.whole.squares import Atlas, Squares, pyramid


@pytest.fixture(params=[(122, 91), (160, 120)], ids=str)
def grey(request):
    width, height = request.param
    return np.random.default_rng(0).integers(0, 256, (height, width), np.uint8)


def test_levels_are_the_runtimes(grey):
    found = pyramid(torch.from_numpy(grey)[None, None].float())
    for ours, theirs in zip(found, runtime.pyramid(grey), strict=True):
        np.testing.assert_allclose(ours[0, 0], theirs, atol=2e-4)


def test_squares_are_the_runtimes_at_every_level_and_beyond_the_border(grey):
    rng, number = np.random.default_rng(1), 200
    places = rng.uniform(-10, 170, (number, 2)).astype(np.float32)
    step = rng.uniform(0.3, 12, number).astype(np.float32)
    turn = rng.uniform(0, 7, number).astype(np.float32)
    level = rng.integers(-1, 8, number)
    expected = np.empty((number, 49), np.float32)
    levels = runtime.pyramid(grey)
    for rows, read in squares.read_squares(
            levels, *squares.frames(places, step, turn, level), 7):
        expected[rows] = read
    atlas = Atlas(grey.shape[1], grey.shape[0])
    joined = atlas.joined([torch.from_numpy(image)[None, None] for image in levels])
    given = (torch.from_numpy(part)[None] for part in (places, step, turn, level))
    found = Squares(atlas, 7)(joined, *atlas.frames(*given))
    # cv2.remap rounds places to 1 / 32 of a pixel.
    assert np.abs(found[0].numpy().reshape(number, 49) - expected).mean() < 1.5
