# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch

from residual_features_ros.detection import DetectorCard, find
from training.whole.found import NONE
from training.whole.peaks import Peaks, degrees

WIDTH, HEIGHT = 160, 120


def maps(*names, seed=0):
    rng = np.random.default_rng(seed)
    shapes = {'scores': (1, HEIGHT, WIDTH), 'scale': (1, HEIGHT, WIDTH),
              'orientation': (1, 2, HEIGHT, WIDTH)}
    return {name: rng.standard_normal(shapes[name]).astype(np.float32) for name in names}


@pytest.mark.parametrize('card', [
    DetectorCard(), DetectorCard(('scores',), 0.5, 2, 8, 8.0, 3, 0.5),
    DetectorCard(('scores', 'scale', 'orientation'), -1.0, 1, 0, 4.0, 1, 1.0)], ids=str)
@pytest.mark.parametrize('shrink', [1, 2])
def test_keypoints_are_the_runtimes(card, shrink):
    given = maps(*card.maps if 'dense' not in card.maps else ('scores',))
    size = WIDTH * shrink, HEIGHT * shrink
    expected = find({name: values[0] for name, values in given.items()}, card, size, 200, shrink)
    found = Peaks(card, *size, 200, shrink)(
        {name: torch.from_numpy(values) for name, values in given.items()})
    number = int(found.exists.sum())
    assert number == len(expected) > 30
    for ours, theirs in ((found.places, expected.keypoints), (found.sizes, expected.sizes),
                         (found.scores, expected.responses)):
        np.testing.assert_allclose(ours[0, :number], theirs, atol=2e-3)
    off = np.abs((found.angles[0, :number].numpy() - expected.angles + 180) % 360 - 180)
    assert off.max() < 0.01


def test_of_equal_scores_near_each_other_the_first_stays():
    scores = np.zeros((1, HEIGHT, WIDTH), np.float32)
    scores[0, 30:60, 40:70] = 1
    card = DetectorCard()
    expected = find({'scores': scores[0]}, card, (WIDTH, HEIGHT), 100)
    found = Peaks(card, WIDTH, HEIGHT, 100, 1)({'scores': torch.from_numpy(scores)})
    number = int(found.exists.sum())
    assert number == len(expected) and (found.scores[0, number:] == NONE).all()
    assert {tuple(place) for place in found.places[0, :number].tolist()} \
        == {tuple(place) for place in expected.keypoints.tolist()}


def test_angles_are_those_of_the_arctangent():
    turn = torch.arange(0., 360, 7.5).deg2rad()
    np.testing.assert_allclose(degrees(turn.sin(), turn.cos()), turn.rad2deg(), atol=1e-3)
    assert degrees(torch.zeros(1), torch.zeros(1)) == 0
