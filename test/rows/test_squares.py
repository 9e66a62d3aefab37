# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros.image import to_grey
from residual_features_ros.rows import squares
from residual_features_ros.rows.pyramid import LEVELS, View
from residual_features_ros.rows.squares import frames, read_squares


def ramp(height, width):
    y, x = np.mgrid[:height, :width]
    return (x + 100.0 * y).astype(np.float32)


def read(levels, level, at, side):
    """Return all squares in their order, each of which comes once."""
    found = np.full((len(level), side, side), np.nan, np.float32)
    for chosen, samples in read_squares(levels, level, at, side):
        assert np.isnan(found[chosen]).all()
        found[chosen] = samples.reshape(-1, side, side)
    assert np.isfinite(found).all()
    return found


@pytest.mark.parametrize('angle', [0, 37, 90, 200])
def test_samples_are_read_at_their_place(angle):
    level, at = np.zeros(1, np.int32), np.float32([[
        30, 22, 1.5 * np.cos(np.radians(angle)), 1.5 * np.sin(np.radians(angle))]])
    found = read([ramp(48, 64)], level, at, 7)[0]
    off = np.arange(7) - 3
    u, v = np.meshgrid(1.5 * off, 1.5 * off)
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    expected = 30 + cosine * u - sine * v + 100 * (22 + sine * u + cosine * v)
    np.testing.assert_allclose(found, expected, atol=101 / 32)  # OpenCV's interpolation


def test_outside_the_border_is_repeated():
    found = read([ramp(48, 64)], np.zeros(1, np.int32), np.float32([[0, 0, 1, 0]]), 5)[0]
    np.testing.assert_allclose(found[:3, :3], 0, atol=1e-4)
    np.testing.assert_allclose(found[2], [0, 0, 0, 1, 2], atol=1e-4)


def test_more_samples_than_opencv_takes_at_once_are_the_same(monkeypatch):
    levels, rng = View(to_grey(textured(160, 120))).levels, np.random.default_rng(0)
    places, step, turn = (array.astype(np.float32) for array in (
        rng.random((40, 2)) * [160, 120], rng.random(40) * 10, rng.random(40) * 6))
    level, at = frames(places, step, turn, np.floor(np.log2(step)))
    whole = read(levels, level, at, 14)
    monkeypatch.setattr(squares, 'MOST_ROWS', 7)
    np.testing.assert_allclose(read(levels, level, at, 14), whole, atol=1e-3)


def test_a_frame_by_hand():
    level, at = frames(np.float32([[10, 20]] * 3), np.float32([1, 1, 8]),
                       np.float32([0, np.pi / 2, 0]), np.array([-3.0, 0.0, 9.0]))
    assert level.tolist() == [0, 0, LEVELS - 1] and level.dtype == np.int32
    np.testing.assert_allclose(at[:2], [[10, 20, 1, 0], [10, 20, 0, 1]], atol=1e-6)
    # Levels from 3 on have an eighth of the size; the centre of pixel 0 is at 0 there too.
    np.testing.assert_allclose(at[2], [10.5 / 8 - 0.5, 20.5 / 8 - 0.5, 1, 0], atol=1e-6)
