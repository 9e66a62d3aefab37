# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch

from training.whole.found import NONE
from training.whole.interpolation import interpolated
from training.whole.samples import Samples

SIDE = 25


def blob(layer, y, x, height=20.0, stretched=1.0):
    """Return (1, 5 * SIDE * SIDE) samples of a bump with its top there."""
    scales, rows, columns = np.mgrid[0:5, 0:SIDE, 0:SIDE]
    away = (scales - layer)**2 / 8 + (rows - y)**2 / 40 + (columns - x)**2 / (40 * stretched)
    return torch.from_numpy((height * (1 - away)).astype(np.float32)).reshape(1, -1)


def at(layer, y, x):
    return Samples(*(torch.tensor([[value]]) for value in (0, SIDE, SIDE, layer, y, x)))


def refined(flat, start, threshold=0.005):
    samples, offsets, score = interpolated(flat, start, threshold)
    place = [part.item() for part in (samples.layer, samples.y, samples.x)]
    return np.array(place) + offsets[0, 0].numpy(), score.item()


@pytest.mark.parametrize('sign', [1, -1])
@pytest.mark.parametrize('start', [(2, 12, 11), (2, 11, 13), (1, 10, 11)])
def test_the_top_is_found_from_samples_around(sign, start):
    place, score = refined(sign * blob(2.2, 12.3, 11.4), at(*start))
    np.testing.assert_allclose(place, [2.2, 12.3, 11.4], atol=1e-3)
    np.testing.assert_allclose(score, 20 / 255, rtol=1e-4)


@pytest.mark.parametrize(('flat', 'why'), [
    (blob(2.2, 12.3, 11.4, 0.4), 'weak'), (blob(2.2, 12.3, 11.4, stretched=14), 'an edge'),
    (blob(2.2, 12.3, 3.4), 'at the border'), (blob(4.0, 12.3, 11.4), 'in the last scale'),
    (torch.full((1, 5 * SIDE**2), 9.), 'flat')], ids=lambda value: value if isinstance(
        value, str) else '')
def test_what_is_no_keypoint_has_no_score(flat, why):
    place, score = refined(flat, at(2, 12, 11 if why != 'at the border' else 5))
    assert score == NONE and np.isfinite(place).all(), why


def test_an_edge_is_one_by_the_ratio_of_its_curvatures():
    assert refined(blob(2.2, 12.3, 11.4, stretched=9), at(2, 12, 11))[1] > NONE
