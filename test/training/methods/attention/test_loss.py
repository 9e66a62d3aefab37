# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import math

import pytest
import torch

from training.methods.attention.config import LossConfig
from training.methods.attention.loss import FAR, Truth, apart, pair_loss, truth_of

CONFIG = LossConfig()
NAN = math.nan


def batch(first, second, forth, back, valid=None):
    """Return a batch of one: keypoints (x, size) of both views, all on one row, and places (x)."""
    return {'keypoints': torch.tensor([[[(x, 10.0, size) for x, size in view]
                                        for view in (first, second)]]),
            'places': torch.tensor([[[(x, x if math.isnan(x) else 10.0) for x in view]
                                     for view in (forth, back)]]),
            'valid': torch.ones(1, 2, len(first), dtype=torch.bool) if valid is None
            else torch.tensor([valid])}


def pairs_of(truth):
    return truth.pairs[0].nonzero().tolist()


def alone(truth):
    return [some[0].tolist() for some in truth.alone]


def test_near_places_are_pairs_and_what_is_far_of_all_is_alone():
    truth = truth_of(batch([(10, 8), (50, 8), (90, 8)], [(57, 8), (15, 8), (200, 8)],
                           [15, 55, NAN], [52, 10, 195]), CONFIG)
    assert pairs_of(truth) == [[0, 1], [1, 0]]  # 0 and 2 pixels off
    assert alone(truth) == [[False, False, True], [False, False, True]]


def test_of_what_is_neither_near_nor_far_nobody_knows():
    for off, known in ((2.9, True), (3.1, False), (4.9, False)):
        truth = truth_of(batch([(10, 8)], [(10 + off, 8)], [10], [10 + off]), CONFIG)
        assert pairs_of(truth) == [[0, 0]] * known and alone(truth) == [[False], [False]]
    truth = truth_of(batch([(10, 8)], [(15.1, 8)], [10], [15.1]), CONFIG)
    assert pairs_of(truth) == [] and alone(truth) == [[True], [True]]


def test_both_directions_have_to_agree_to_be_a_pair_and_to_be_alone():
    # The second view sees the place, the first one's is hidden there.
    truth = truth_of(batch([(10, 8)], [(11, 8)], [NAN], [10]), CONFIG)
    assert pairs_of(truth) == [] and alone(truth) == [[False], [False]]
    truth = truth_of(batch([(10, 8)], [(11, 8)], [11], [14]), CONFIG)
    assert pairs_of(truth) == [] and alone(truth) == [[False], [False]]


def test_hidden_points_are_far_of_everything():
    places = torch.tensor([[[NAN, NAN], [0.0, 0.0]]])
    found = apart(places, torch.tensor([[[3.0, 4.0], [0.0, 0.0]]]))
    assert found.tolist() == [[[FAR, FAR], [5.0, 0.0]]]
    truth = truth_of(batch([(0, 8)], [(0, 8)], [NAN], [NAN]), CONFIG)
    assert pairs_of(truth) == [] and alone(truth) == [[True], [True]]


def test_of_two_at_one_place_the_partner_is_that_of_the_usual_size():
    # All double their size; at 90 one is there exactly and too large, one a pixel off.
    scene = batch([(10, 8), (50, 8), (90, 8)], [(10, 16), (50, 16), (90, 64), (91, 16)][1:],
                  [10, 50, 90], [50, 90, 91])
    assert pairs_of(truth_of(scene, CONFIG)) == [[1, 0], [2, 2]]
    assert pairs_of(truth_of(scene, LossConfig(octave_px=0.0))) == [[1, 0], [2, 1]]


def test_equals_have_one_partner_each():
    truth = truth_of(batch([(10, 8), (10, 8)], [(10, 8), (10, 8)], [10, 10], [10, 10]), CONFIG)
    assert truth.pairs.sum(1).max() <= 1 and truth.pairs.sum(2).max() <= 1
    assert truth.pairs.sum() >= 1


def test_rows_that_are_no_keypoints_are_nobody():
    truth = truth_of(batch([(10, 8), (0, 0)], [(10, 8), (0, 0)], [10, NAN], [10, NAN],
                           [[True, False], [True, False]]), CONFIG)
    assert pairs_of(truth) == [[0, 0]] and alone(truth) == [[False, False]] * 2
    nothing = truth_of(batch([(0, 0)], [(0, 0)], [0], [0], [[False], [False]]), CONFIG)
    assert pairs_of(nothing) == [] and alone(nothing) == [[False]] * 2


def truth(pairs, first, second):
    return Truth(torch.tensor([pairs]), (torch.tensor([first]), torch.tensor([second])))


def test_a_loss_by_hand():
    known = truth([[True, False], [False, False]], [False, True], [False, True])
    partners = torch.zeros(1, 2), torch.zeros(1, 2)
    total, told, count = pair_loss(torch.zeros(1, 2, 2), partners, known, CONFIG)
    assert count == 1
    assert total == pytest.approx(2 * math.log(2))  # of two in the row, of two in the column
    assert told == pytest.approx(2 * math.log(2))  # who has one and who has none
    half = pair_loss(torch.zeros(1, 2, 2), partners, known, LossConfig(matchability=0.5))
    assert half[1] == pytest.approx(math.log(2)) and half[0] == total


def test_what_is_right_and_sure_costs_nothing_and_the_unknown_nothing_either():
    known = truth([[True, False, False], [False, False, False], [False, False, False]],
                  [False, True, False], [False, True, False])
    logits = torch.full((1, 3, 3), -30.0)
    logits[0, 0, 0] = 30
    partners = torch.tensor([[30.0, -30, 7]]), torch.tensor([[30.0, -30, -7]])
    total, told, _ = pair_loss(logits, partners, known, CONFIG)
    assert total < 1e-6 and told < 1e-6
    wrong = pair_loss(logits, (-partners[0], partners[1]), known, CONFIG)
    assert wrong[0] == total and wrong[1] == pytest.approx(30)


def test_without_pairs_there_is_nothing_to_learn():
    known = truth([[False]], [False], [False])
    logits = torch.zeros(1, 1, 1, requires_grad=True)
    total, told, count = pair_loss(logits, (torch.zeros(1, 1),) * 2, known, CONFIG)
    assert (total.item(), told.item(), count.item()) == (0, 0, 0)
