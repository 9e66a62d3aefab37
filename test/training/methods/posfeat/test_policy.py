# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import itertools
import math

import pytest
import torch

from training.methods.posfeat.config import PolicyConfig
from training.methods.posfeat.policy import (
    Chosen,
    cells,
    certain,
    charged,
    choose,
    detect_terms,
    log_matching,
    log_probabilities,
    matching,
    policy_terms,
    rewards,
)

SIDEWAYS = torch.tensor([[[0.0, 0, 0], [0, 0, -1], [0, 1, 0]]])  # F of a step along x: y stays
PAPER = PolicyConfig()


def test_the_papers_values_are_the_defaults():
    assert (PAPER.cell, PAPER.near_px, PAPER.right, PAPER.wrong, PAPER.keypoint, PAPER.certain) \
        == (8, 2, 1, -0.25, -0.001, 0.9)


def test_cells_are_in_rows_and_so_are_their_pixels():
    image = torch.arange(30.0).reshape(1, 5, 6)  # a row is left over
    assert cells(image, 2).tolist() == [[
        [0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11],
        [12, 13, 18, 19], [14, 15, 20, 21], [16, 17, 22, 23]]]


def test_supplements_equation_1_by_hand():
    found = log_probabilities(torch.tensor([[[0.0, 1, 2, 0]]])).exp()
    total = 1 + math.e + math.e**2 + 1
    expected = [value / total * kept for value, kept in zip(
        (1, math.e, math.e**2, 1), (0.5, 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(-2)), 0.5),
        strict=True)]
    assert found[0, 0].tolist() == pytest.approx(expected)


def test_keypoints_are_drawn_as_equation_1_says():
    torch.manual_seed(0)
    scores = torch.tensor([[0.0, 1, 9, 0], [2, 0, 0, 0]]).expand(20_000, 2, 4)
    drawn = choose(scores, 2)
    wanted = log_probabilities(cells(scores[:1], 2)).exp()[0]
    for cell, left in enumerate((0, 2)):
        for pixel, (y, x) in enumerate(itertools.product((0, 1), (left, left + 1))):
            here = (drawn.points[:, cell] == torch.tensor([x, y])).all(1)
            share = (here & drawn.accepted[:, cell]).float().mean()
            assert share.item() == pytest.approx(wanted[cell, pixel].item(), abs=0.012)
            if here.any():
                assert drawn.log_probability[here, cell].exp().tolist() == pytest.approx(
                    [wanted[cell, pixel].item()] * int(here.sum()), rel=1e-4)


def test_supplements_equation_3_by_hand_among_what_was_accepted():
    similarity = torch.tensor([[[2.0, 0, 7], [1, 3, 7]]])
    first, second = torch.tensor([[True, True]]), torch.tensor([[True, True, False]])
    found = matching(similarity, first, second)[0]

    def softmax(one, other):
        return math.exp(one) / (math.exp(one) + math.exp(other))
    expected = [[softmax(2, 1) * softmax(2, 0), softmax(0, 3) * softmax(0, 2), 0],
                [softmax(1, 2) * softmax(1, 3), softmax(3, 0) * softmax(3, 1), 0]]
    assert found.tolist() == [pytest.approx(row) for row in expected]
    assert not matching(similarity, first, torch.zeros_like(second)).any()


def test_equation_9_pays_for_two_pixels_from_the_line():
    first = torch.tensor([[[5.0, 10], [0, 30]]])
    second = torch.tensor([[[90.0, 12], [7, 12.5], [1, 28]]])  # y alone counts
    assert rewards(first, second, SIDEWAYS, PAPER).tolist() == [[[1, -0.25, -0.25],
                                                                 [-0.25, -0.25, 1]]]


def test_unsure_matches_are_not_paid_for_but_charged():
    probability = torch.tensor([[[0.95, 0.89, 0.95, 0.89]]])
    reward = torch.tensor([[[1.0, 1.0, -0.25, -0.25]]])
    found = certain(probability, reward, PAPER)
    assert found[0, 0].tolist() == pytest.approx([0.95, 0, 0.95, 0.89])


def test_charges_grow_over_the_first_steps_where_that_is_set():
    assert charged(PAPER, 0) == PAPER
    ramp = PolicyConfig(ramp_steps=100)
    for step, share in ((0, 0), (25, 0.25), (100, 1), (900, 1)):
        now = charged(ramp, step)
        assert (now.right, now.wrong, now.keypoint) == pytest.approx(
            (1, -0.25 * share, -0.001 * share))


def test_equations_10_and_11_by_hand():
    logs = [torch.tensor([[-1.0, -2.0]], requires_grad=True),
            torch.tensor([[-3.0, -4.0]], requires_grad=True)]
    points = torch.zeros(1, 2, 2)
    chosen = (Chosen(points, torch.tensor([[True, True]]), logs[0]),
              Chosen(points, torch.tensor([[True, False]]), logs[1]))
    probability = torch.tensor([[[0.9, 0], [0.1, 0]]], requires_grad=True)
    reward = torch.tensor([[[1.0, 1], [-0.25, 1]]])
    total, count, gained = policy_terms(chosen, probability, reward, PAPER)
    rewarded = 0.9 * (-1 - 3) + 0.1 * -0.25 * (-2 - 3)
    assert total.item() == pytest.approx(-(rewarded - 0.001 * (-1 - 2 - 3)))
    assert count == 3 and gained.item() == pytest.approx(0.9 - 0.025)
    total.backward()
    assert probability.grad is None  # the reward is no function to be differentiated
    assert logs[0].grad[0].tolist() == pytest.approx([-0.9 + 0.001, 0.025 + 0.001])
    assert logs[1].grad[0].tolist() == pytest.approx([-(0.9 - 0.025) + 0.001, 0])


def outcomes(scores, cell):
    """Yield all that can be drawn from (1, H, W), with its probability, rejections included."""
    grid = cells(scores, cell)
    logs = log_probabilities(grid)[0]  # (N, S)
    columns = scores.shape[2] // cell
    every = []
    for n, row in enumerate(logs):
        corner = torch.tensor([n % columns, n // columns]) * cell
        pixels = [(True, row[s].exp(), row[s], corner + torch.tensor([s % cell, s // cell]))
                  for s in range(len(row))]
        every.append([*pixels, (False, 1 - row.exp().sum(), row[0], corner)])
    for drawn in itertools.product(*every):
        accepted, chances, values, points = zip(*drawn, strict=True)
        yield torch.stack(chances).prod(), Chosen(
            torch.stack(points)[None].float(), torch.tensor([accepted]), torch.stack(values)[None])


def enumerate_both(scores, cell, of_pair, config):
    """Return the gradient of the expected reward, and the expected gradient of the loss."""
    expected = mean = 0
    for (p_1, first), (p_2, second) in itertools.product(
            *(list(outcomes(each, cell)) for each in scores)):
        probability, reward = of_pair(first, second)
        total, count, gained = policy_terms((first, second), probability, reward, config)
        chance = p_1 * p_2
        expected = expected + chance * (gained + config.keypoint * count)
        mean = mean + chance.detach() * total
    true = torch.autograd.grad(expected, scores, retain_graph=True)
    return torch.stack(true), torch.stack(torch.autograd.grad(mean, scores))


def test_the_policy_gradient_is_that_of_the_expected_reward_on_a_2x2_grid():
    """One cell of 2x2 pixels in each view: 25 outcomes, equations 9 to 11 and the supplement's."""
    torch.manual_seed(0)
    scores = [torch.randn(1, 2, 2, requires_grad=True) for _ in range(2)]
    features = torch.nn.functional.normalize(torch.randn(2, 4, 3), dim=2)
    config = PolicyConfig(cell=2, near_px=0.5, keypoint=-0.1)

    def of_pair(first, second):
        rows = [features[view][(each.points[0, :, 1] * 2 + each.points[0, :, 0]).long()][None]
                for view, each in enumerate((first, second))]
        reward = rewards(first.points, second.points, SIDEWAYS, config)
        return certain(matching(rows[0] @ rows[1].mT, first.accepted, second.accepted), reward,
                       config), reward
    true, estimated = enumerate_both(scores, 2, of_pair, config)
    assert true.abs().min() > 1e-3
    assert torch.allclose(-estimated, true, atol=1e-6)


def test_the_policy_gradient_is_that_of_the_expected_reward_for_a_2x2_grid_of_cells():
    """Four cells in each view, 256 outcomes; what a match is worth depends on its cells alone."""
    torch.manual_seed(1)
    scores = [torch.randn(1, 2, 2, requires_grad=True) for _ in range(2)]
    worth, reward = torch.rand(1, 4, 4), torch.tensor([1.0, -0.25])[torch.randint(2, (1, 4, 4))]

    def of_pair(first, second):
        return worth * (first.accepted[:, :, None] & second.accepted[:, None]), reward
    true, estimated = enumerate_both(scores, 1, of_pair, PAPER)
    assert true.abs().min() > 1e-3
    assert torch.allclose(-estimated, true, atol=1e-6)


def test_drawn_gradients_have_the_mean_of_the_enumeration():
    torch.manual_seed(2)
    scores = [torch.randn(1, 2, 2, requires_grad=True) for _ in range(2)]
    dense = torch.nn.functional.interpolate(torch.randn(2, 6, 2, 2), scale_factor=1)
    config = PolicyConfig(cell=2, near_px=0.5, temperature=1)

    def of_pair(first, second):
        reward = rewards(first.points, second.points, SIDEWAYS, config)
        both = first.accepted[:, :, None] & second.accepted[:, None]
        return certain(both.float(), reward, config), reward  # P_m of one pair is 1
    _, expected = enumerate_both(scores, 2, of_pair, config)
    count = 40_000
    maps = torch.stack([each.expand(count, 2, 2) for each in scores], 1)
    total, _, _ = detect_terms(maps, dense[None].expand(count, -1, -1, -1, -1),
                               torch.ones(count, 2, 2, 2, dtype=torch.bool),
                               SIDEWAYS.expand(count, -1, -1), 1, config)
    found = torch.stack(torch.autograd.grad(total / count, scores))
    assert torch.allclose(found, expected, atol=0.01) and expected.abs().max() > 0.03


def test_descriptors_get_no_gradient_and_hidden_pixels_no_keypoints():
    torch.manual_seed(0)
    scores = torch.randn(1, 2, 16, 16, requires_grad=True)
    dense = torch.randn(1, 2, 4, 4, 4, requires_grad=True)
    valid = torch.ones(1, 2, 16, 16, dtype=torch.bool)
    valid[:, 1] = False
    total, count, gained = detect_terms(scores, dense, valid, SIDEWAYS, 4, PAPER)
    assert 0 < count <= 4 and gained == 0
    total.backward()
    assert dense.grad is None and not scores.grad[:, 1].any() and scores.grad[:, 0].any()


def test_keypoints_that_can_be_matched_are_learned():
    """Of four pixels in each cell one has the same descriptor in both views, on the same row."""
    torch.manual_seed(0)
    logits = torch.zeros(2, 8, 8, requires_grad=True)
    dense = torch.nn.functional.normalize(torch.randn(2, 32, 8, 8), dim=1)
    good = torch.zeros(8, 8, dtype=torch.bool)
    good[1::2, 0::2] = True
    dense = torch.where(good, dense[:1], dense)
    optimiser = torch.optim.Adam([logits], 0.1)
    valid = torch.ones(8, 2, 8, 8, dtype=torch.bool)
    config = PolicyConfig(cell=2, near_px=0.5)
    for _ in range(80):
        scores = torch.nn.functional.softplus(logits).expand(8, -1, -1, -1)
        total, count, _ = detect_terms(scores, dense.expand(8, -1, -1, -1, -1), valid,
                                       SIDEWAYS.expand(8, -1, -1), 1, config)
        optimiser.zero_grad()
        (total / count.clamp_min(1)).backward()
        optimiser.step()
    best = cells(logits.detach(), 2).argmax(2)
    assert (best == 2).float().mean() > 0.9  # row 1, column 0


def test_with_rewarded_matches_descriptors_get_the_gradient_of_the_expected_reward():
    """DISK, by enumeration: four cells in each view, unsure matches included."""
    torch.manual_seed(0)
    scores = [torch.randn(1, 2, 2) for _ in range(2)]
    features = torch.randn(2, 4, 3, requires_grad=True)  # of the four pixels of either view
    config = PolicyConfig(cell=1, near_px=0.5, keypoint=-0.1, certain=0.0, matches=True)
    expected = mean = 0
    for (p_1, first), (p_2, second) in itertools.product(
            *(list(outcomes(each, 1)) for each in scores)):
        reward = rewards(first.points, second.points, SIDEWAYS, config)
        logs = log_matching((features[0] @ features[1].T)[None], first.accepted, second.accepted)
        total, _, _ = policy_terms((first, second), logs.exp(), reward, config, logs)
        chance = p_1 * p_2
        expected = expected + chance * (logs.exp() * reward).sum()
        mean = mean + chance.detach() * total
    true, = torch.autograd.grad(expected, features, retain_graph=True)
    found, = torch.autograd.grad(mean, features)
    assert true.abs().amax((0, 2)).min() > 1e-3 and torch.allclose(-found, true, atol=1e-5)


def test_rewarded_matches_teach_descriptors():
    torch.manual_seed(0)
    scores = torch.randn(1, 2, 16, 16)
    dense = torch.randn(1, 2, 4, 4, 4, requires_grad=True)
    valid = torch.ones(1, 2, 16, 16, dtype=torch.bool)
    config = PolicyConfig(certain=0.0, temperature=5.0, matches=True)
    detect_terms(scores, dense, valid, SIDEWAYS, 4, config)[0].backward()
    assert torch.isfinite(dense.grad).all() and (dense.grad.abs().amax((0, 2, 3, 4)) > 0).all()
