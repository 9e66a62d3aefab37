# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Equations 1 to 4 and 11 to 13 against numbers computed by hand."""
import dataclasses
import math

import pytest
import torch
from torch.nn import functional

from residual_features_ros.errors import ConfigError
from training.methods.goodpoint.config import LossConfig
from training.methods.goodpoint.loss import (
    descriptor_losses,
    heatmap_loss,
    keypoint_loss,
    pair_losses,
    random_loss,
    shuffled,
)
from training.methods.goodpoint.model import to_pixels
from training.methods.goodpoint.targets import Matched

SHIFT = torch.tensor([[1.0, 0, 4], [0, 1, 0], [0, 0, 1]])
HALF = torch.tensor([0.5, 0.5])


def test_equation_3_is_the_mean_log_likelihood_of_both_views():
    scores = torch.full((2, 8, 8), 0.01)
    scores[0, 2, 1], scores[0, 5, 4], scores[1, 7, 3] = 0.5, 0.25, 0.125
    wanted = torch.tensor([[1.2, 1.8], [4.0, 5.0]]), torch.tensor([[3.4, 7.0]])
    # -1/2 ((log .5 + log .25) / 2 + log .125) = 1/2 (1.5 + 3) log 2
    assert keypoint_loss(scores.log(), wanted).item() == pytest.approx(2.25 * math.log(2))
    nothing = torch.zeros(0, 2), torch.zeros(0, 2)
    assert keypoint_loss(scores.log(), nothing) == 0


def test_equation_3_teaches_by_positives_alone():
    logits = torch.zeros(2, 64, 1, 1, requires_grad=True)
    log_scores = to_pixels(functional.log_softmax(logits, 1))
    keypoint_loss(log_scores, (torch.tensor([[3.0, 2]]), torch.tensor([[0.0, 0]]))).backward()
    gradient = logits.grad[0, :, 0, 0]
    # Softmax: 1/2 (p - 1) at the wanted pixel, 1/2 p at every other of its cell.
    assert gradient[8 * 2 + 3].item() == pytest.approx(0.5 * (1 / 64 - 1))
    assert gradient.sum().item() == pytest.approx(0, abs=1e-6) and (gradient > 0).sum() == 63


def ramp(width=24, height=16):
    """Return (H, W) with value x + 2 y: bilinear reading is exact."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing='ij')
    return (x + 2 * y).float()


def test_equation_4_is_the_mean_squared_difference_at_shared_pixels():
    scores = torch.stack([ramp(), ramp() - 4])  # the second is the first moved by 4 px
    valid = torch.ones_like(scores, dtype=torch.bool)
    assert heatmap_loss(scores, valid, SHIFT, HALF) == pytest.approx(0, abs=1e-8)
    different = scores + torch.tensor([0.0, 3]).view(2, 1, 1)
    assert heatmap_loss(different, valid, SHIFT, HALF).item() == pytest.approx(9)
    # Twice as far from the first at half of the shared columns: x + offset from 4.5 to 22.5 is 19
    # places, of which 10, from 13.5 on, see only columns whose difference is 1.
    half = scores.clone()
    half[1, :, 13:] += 1
    assert heatmap_loss(half, valid, SHIFT, torch.zeros(2)).item() == pytest.approx(10 / 19)


def test_equation_4_counts_what_both_views_show():
    scores = torch.stack([ramp(), ramp() - 4])
    scores[1, :8] += 5
    valid = torch.ones_like(scores, dtype=torch.bool)
    valid[1, :8] = False
    assert heatmap_loss(scores, valid, SHIFT, HALF) == pytest.approx(0, abs=1e-8)
    assert heatmap_loss(scores, valid & False, SHIFT, HALF) == 0


def test_equation_4_teaches_both_views():
    scores = torch.rand(2, 16, 24, requires_grad=True)
    valid = torch.ones(2, 16, 24, dtype=torch.bool)
    heatmap_loss(scores, valid, SHIFT, HALF).backward()
    assert (scores.grad.abs().sum((1, 2)) > 0).all()
    assert scores.grad[0, :, 20:].abs().max() == 0  # what has left the second view


def rows(*angles):
    """Return unit vectors (N, 2) at so many degrees."""
    radians = torch.tensor(angles).deg2rad()
    return torch.stack([radians.cos(), radians.sin()], 1)


def matched(first, second, distance, nearest, alike):
    """Return three points whose places count only for the pairs that descriptors match."""
    return Matched(moved=torch.zeros(len(first), 2), first=first, second=second,
                   points=torch.tensor([[0.0, 0], [6, 0], [20, 0]]),
                   distance=torch.tensor(distance),
                   nearest=torch.tensor(nearest, dtype=torch.long),
                   alike=torch.tensor(alike, dtype=torch.long))


# Cosines to the neighbour by place: 0 to 60 degrees 0.5, 90 to 90 1, 180 to 0 -1.
FOUND = matched(rows(0.0, 90, 180), rows(0.0, 60, 90), [1.0, 8.0, 9.0], [1, 2, 0], [0, 2, 1])


def test_equation_11_pulls_the_neighbours_by_place():
    losses = descriptor_losses(FOUND, LossConfig())
    assert losses['gt'].item() == pytest.approx((0.5 + 0 + 2) / 3)
    near = descriptor_losses(FOUND, LossConfig(matched_px=7.0))
    assert near['gt'].item() == pytest.approx(0.5)


def test_equation_12_pushes_wrong_pairs_further_than_7_px():
    # The first is wrong but near, the second far but right: the third's -1 alone.
    assert descriptor_losses(FOUND, LossConfig())['wrong'].item() == pytest.approx(-1)
    # The code's: the third is like the second of the other view, at 120 degrees, 6 px from where
    # it should be; the first like the first, 6 px away as well.
    code = LossConfig(wrong='descriptor')
    assert descriptor_losses(FOUND, code)['wrong'] == 0
    nearer = dataclasses.replace(code, wrong_px=5.0)
    assert descriptor_losses(FOUND, nearer)['wrong'].item() == pytest.approx((1 - 0.5) / 2)
    with pytest.raises(ConfigError, match='geometric'):
        descriptor_losses(FOUND, LossConfig(wrong='all'))


def test_equation_13_is_the_mean_similarity_of_pairs_that_are_no_neighbours():
    # Two points can only be shuffled one way: to 0.2 and 0.6.
    similarity = torch.tensor([[0.9, 0.2], [0.6, 0.8]])
    nearest = torch.tensor([0, 1])
    assert random_loss(similarity, nearest, LossConfig()).item() == pytest.approx(0.4)
    above = LossConfig(floor=0.3)
    assert random_loss(similarity, nearest, above).item() == pytest.approx(0.6)
    # One point has no other's neighbour to be compared with.
    assert random_loss(similarity[:1], nearest[:1], LossConfig()) == 0
    assert random_loss(similarity[:0], nearest[:0], LossConfig()) == 0


def test_a_shuffle_leaves_no_neighbour_in_its_place():
    torch.manual_seed(0)
    nearest = torch.randperm(40)
    for _ in range(20):
        drawn = shuffled(nearest)
        assert sorted(drawn.tolist()) == list(range(40)) and not (drawn == nearest).any()


def test_descriptor_losses_have_gradients_and_nothing_is_lost_without_pairs():
    first = rows(0.0, 90, 180).requires_grad_()
    found = dataclasses.replace(FOUND, first=first)
    sum(descriptor_losses(found, LossConfig()).values()).backward()
    assert (first.grad.abs().sum(1) > 0).all()
    none = matched(first[:0], FOUND.second, [], [], [])
    assert sum(descriptor_losses(none, LossConfig()).values()) == 0


def test_equations_1_and_2_weigh_the_parts():
    torch.manual_seed(0)
    log_scores = to_pixels(functional.log_softmax(torch.randn(2, 64, 4, 4), 1))
    dense = functional.normalize(torch.randn(2, 8, 4, 4), dim=1)
    valid = torch.ones(2, 32, 32, dtype=torch.bool)
    plain = LossConfig(distance_px=30.0, heatmaps=1.0)

    def losses(config):
        torch.manual_seed(1)
        return pair_losses(log_scores, dense, valid, torch.eye(3), config)

    once = losses(plain)
    more = losses(dataclasses.replace(plain, heatmaps=7.0, keypoints=2.0, descriptors=3.0))
    for name, factor in {'keypoints': 2, 'heatmaps': 14, 'gt': 3, 'wrong': 3, 'random': 3}.items():
        assert more[name].item() == pytest.approx(factor * once[name].item(), rel=1e-5)
