# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
import torch

from training.whole.dominant import Dominant
from training.whole.samples import Samples

SIDE = 41


@pytest.fixture(scope='module')
def dominant():
    return Dominant(3.6)


def oriented(dominant, image, y=20, x=20, sigma=2.0):
    flat = torch.from_numpy(image.astype(np.float32)).reshape(1, -1)
    place = Samples(*(torch.tensor([[value]]) for value in (0, SIDE, SIDE, 0, y, x)))
    return dominant(flat, place, torch.tensor([[sigma]])).item()


@pytest.mark.parametrize('angle', [0, 33, 95, 180, 271, 300])
@pytest.mark.parametrize(('y', 'x'), [(20, 20), (6, 35)])
def test_a_slope_has_its_direction(dominant, angle, y, x):
    rows, columns = np.mgrid[:SIDE, :SIDE]
    turn = math.radians(angle)  # clockwise
    found = oriented(dominant, 3 * (columns * math.cos(turn) + rows * math.sin(turn)), y, x)
    # All gradients are in one bin, of 10 degrees.
    assert abs((found - angle + 180) % 360 - 180) <= 5.01


def test_of_two_dominant_ones_it_is_the_least(dominant):
    rows, columns = np.mgrid[:SIDE, :SIDE]
    corner = np.maximum(columns, rows)
    assert oriented(dominant, corner) < 5  # and not 90


def test_weaker_ones_are_not_dominant(dominant):
    rows, columns = np.mgrid[:SIDE, :SIDE]
    corner = np.maximum(0.5 * (columns - 20), rows - 20)
    assert 80 < oriented(dominant, corner) < 95


def test_pixels_beyond_the_radius_do_not_count(dominant):
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(float)
    image = columns.copy()
    image[np.hypot(rows - 20, columns - 20) > 14] *= 1000
    assert oriented(dominant, image, sigma=2.0) == oriented(dominant, columns, sigma=2.0)
