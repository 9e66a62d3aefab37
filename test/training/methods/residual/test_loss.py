# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import math

import pytest
import torch
from support.losses import pair_loss
from torch.nn import functional

from residual_features_ros.errors import ConfigError
from training.config import DataConfig
from training.data.pairs.keypoint_pairs import KeypointPairs
from training.data.sources.images import open_folder
from training.geometry import warp_points
from training.methods.residual.config import LossConfig
from training.methods.residual.loss import (
    admissible,
    ap,
    hinge,
    infonce,
    loss_terms,
    mutual_probability,
    places,
    quantised_ap,
    superpoint,
)

FREE = torch.ones(2, 2, dtype=torch.bool)
BOTH = torch.tensor([0, 1])


def test_admissible_leaves_out_near_and_missing_keypoints_but_never_the_positive():
    keypoints = torch.tensor([[0.0, 0, 1, 0], [5, 0, 1, 0], [50, 0, 1, 0], [90, 0, 1, 0]])
    warped = torch.tensor([[1.0, 0], [52, 0], [0, 0], [0, 0]])
    valid = torch.tensor([[True, True, False, False], [True, True, True, False]])
    match = torch.tensor([0, 2, -1, -1])
    assert admissible(keypoints, warped, valid, match, 8.0).tolist() == [
        [True, False, True, False],  # 1 is 4 px from the true place, 3 does not exist
        [True, True, True, False],
        [False] * 4, [False] * 4]


def test_infonce_by_hand():
    similarity = torch.tensor([[1.0, 0.0], [0.5, 0.5]])
    config = LossConfig(temperature=1.0)
    rows = math.log(1 + math.exp(-1)) + math.log(2)
    columns = math.log(1 + math.exp(-0.5)) + math.log(1 + math.exp(-0.5))
    loss = infonce(similarity, FREE, BOTH, config)
    assert loss.item() == pytest.approx((rows + columns) / 2, rel=1e-5)


def test_infonce_ignores_what_is_not_admissible():
    similarity = torch.tensor([[0.2, 0.9], [0.9, 0.1]])
    loss = infonce(similarity, torch.eye(2, dtype=torch.bool), BOTH, LossConfig())
    assert loss.item() == pytest.approx(0, abs=1e-6)


def test_places_takes_each_keypoint_at_the_true_place_for_right():
    # 0 and 1 of view 2 are within 3 px of where 0 of view 1 goes, 2 is between 3 and 8 px, 3 is
    # elsewhere; keypoint 1 of view 1 has no partner, 2 and 3 do not exist.
    keypoints = torch.tensor([[10.0, 0, 1, 0], [12, 0, 9, 90], [16, 0, 1, 0], [90, 0, 1, 0]])
    warped = torch.tensor([[10.0, 0], [50, 0], [10, 0], [10, 0]])
    valid = torch.tensor([[True, True, False, False], [True] * 4])
    similarity = torch.tensor([[0.5, 0.25, 0.9, 0.0], [0.125, 0.0, 0.0, 0.0],
                               [9.0] * 4, [9.0] * 4])
    total, count = places(similarity, keypoints, warped, valid,
                          LossConfig(kind='places', temperature=1.0))
    # The second counts 1 - 2 / 6, being 2 px off.
    right = math.exp(0.5) + math.exp(0.25) * 2 / 3
    forth = -math.log(right / (math.exp(0.5) + math.exp(0.25) + math.exp(0)))
    back = (math.log(1 + math.exp(0.125 - 0.5)) + math.log(1 + math.exp(0.0 - 0.25))
            - math.log(2 / 3))
    assert count == 1.5  # one keypoint of view 1, two of view 2
    assert total.item() == pytest.approx((forth + back) / 2, rel=1e-5)


def test_mutual_probability_by_hand():
    logits = torch.tensor([[math.log(3.0), 0.0], [0.0, 0.0]])
    found = mutual_probability(logits, FREE)
    torch.testing.assert_close(found, torch.tensor([[9 / 16, 1 / 8], [1 / 8, 1 / 4]]))
    real = torch.tensor([[True, True], [False, False]])
    torch.testing.assert_close(mutual_probability(logits, real),
                               torch.tensor([[3 / 4, 1 / 4], [0.0, 0.0]]))


def test_mutual_weight_rewards_right_matches_and_charges_for_wrong_ones():
    keypoints = torch.tensor([[0.0, 0, 1, 0], [50, 0, 1, 0]])
    warped, valid = keypoints[:, :2], torch.ones(2, 2, dtype=torch.bool)
    similarity = 0.03 * torch.tensor([[math.log(3.0), 0.0], [0.0, 0.0]])
    totals = [places(similarity, keypoints, warped, valid,
                     LossConfig(kind='places', mutual_weight=weight))[0] for weight in (0.0, 2.0)]
    gain = 9 / 16 + 1 / 4 - 2 / 8
    assert (totals[0] - totals[1]).item() == pytest.approx(2 * gain, rel=1e-4)


def test_places_without_a_partner_is_zero_and_has_a_gradient():
    similarity = torch.zeros(2, 2, requires_grad=True)
    keypoints, warped = torch.zeros(2, 4), torch.full((2, 2), 1e6)
    total, count = places(similarity, keypoints, warped, torch.ones(2, 2, dtype=torch.bool),
                          LossConfig(kind='places'))
    total.backward()
    assert total == 0 and count == 0 and not similarity.grad.any()


def test_hinge_is_the_papers_equation_1_with_the_hardest_negative():
    similarity = torch.tensor([[0.5, -1.0], [0.0, 1.0]])
    # Positives are 1 and 0 apart; hardest negatives 2, sqrt 2 (rows) and sqrt 2, 2 (columns).
    rows = (1 - 2 + 2) + (0 - math.sqrt(2) + 2)
    columns = (1 - math.sqrt(2) + 2) + (0 - 2 + 2)
    loss = hinge(similarity, FREE, BOTH, LossConfig(kind='hinge', margin=2.0))
    assert loss.item() == pytest.approx((rows + columns) / 2, abs=1e-3)


def test_hinge_over_all_negatives_is_the_mean_over_them():
    # Of view 1's 0 the positive is 0 and the negatives are 1 and 2, sqrt 2 and 2 away; 3 is not
    # admissible. Of view 1's 1 the positive is 1 and the negatives are 0 and 2.
    similarity = torch.tensor([[0.5, 0.0, -1.0, 0.9], [1.0, 0.5, 0.5, 0.9]])
    allowed = torch.tensor([[True, True, True, False]] * 2)
    config = LossConfig(kind='hinge', margin=0.5, negative='all')
    near = math.sqrt(1e-8)  # the floor of a distance
    rows = (max(0, 1 - math.sqrt(2) + 0.5) + 0) / 2 + ((1 - near + 0.5) + (1 - 1 + 0.5)) / 2
    # Back: of view 2's 0 the one negative is view 1's 1, of view 2's 1 it is view 1's 0.
    columns = (1 - near + 0.5) + max(0, 1 - math.sqrt(2) + 0.5)
    loss = hinge(similarity, allowed, BOTH, config)
    assert loss.item() == pytest.approx((rows + columns) / 2, abs=1e-3)
    hardest = hinge(similarity, allowed, BOTH, LossConfig(kind='hinge', margin=0.5))
    assert hardest.item() == pytest.approx(
        (max(0, 1 - math.sqrt(2) + 0.5) + 2 * (1.5 - near) + max(0, 1 - math.sqrt(2) + 0.5)) / 2,
        abs=1e-3)


def test_the_hardest_negative_pays_for_a_collapse_and_the_mean_over_all_does_not():
    # Equal descriptors cost m = 2, whichever negatives are taken. Random ones cost more with the
    # hardest, which is nearer than the positive, and as much with all.
    generator = torch.Generator().manual_seed(0)
    rows = functional.normalize(torch.randn(40, 8, generator=generator), dim=1)
    for negative, better in (('hardest', False), ('all', True)):
        config = LossConfig(kind='hinge', margin=2.0, negative=negative)
        rest, start = (hinge(similarity, torch.ones(40, 40, dtype=torch.bool), torch.arange(40),
                             config).item() / 40
                       for similarity in (torch.ones(40, 40), rows @ rows.roll(1, 1).T))
        assert rest == pytest.approx(2)
        assert (start < rest + 0.1) == better


def test_average_precision_by_hand():
    # Bins at 1, 0.5 and 0. The positive is half in the first and half in the second, beside one
    # negative in each: right 1/2 of 3/2, then 1 of 3. The fourth candidate does not count.
    similarity = torch.tensor([[0.75, 1.0, 0.5, 0.9], [-0.5, 1.0, -1.0, 0.0]])
    allowed = torch.tensor([[True, True, True, False], [True, True, False, False]])
    found = quantised_ap(similarity, allowed, torch.tensor([0, 1]), bins=3)
    assert found.tolist() == pytest.approx([1 / 2 * 1 / 3 + 1 / 2 * 1 / 3, 1])


def test_the_loss_of_average_precision_has_both_directions():
    similarity = torch.tensor([[1.0, 0.0], [1.0, 0.5]])
    # Rows: 1, and 1/2 since the negative comes first. Columns: 1/2, since both are in the first
    # bin, and 1.
    loss = ap(similarity, FREE, BOTH, LossConfig(kind='ap', bins=3))
    assert loss.item() == pytest.approx((0 + 1 / 2 + 1 / 2 + 0) / 2)


def batch_of(match):
    k = len(match)
    return {'keypoints': torch.arange(2 * k * 4).reshape(1, 2, k, 4).float() * 100,
            'projected': torch.full((1, k, 2), 1e6),
            'valid': torch.ones(1, 2, k, dtype=torch.bool),
            'match': torch.tensor([match])}


@pytest.mark.parametrize('kind', ['infonce', 'hinge', 'ap'])
def test_better_descriptors_have_less_loss_and_gradients_are_finite(kind):
    rows = functional.normalize(torch.randn(3, 8, generator=torch.Generator().manual_seed(0)))
    config = LossConfig(kind=kind)
    right = torch.stack([rows, rows])[None].requires_grad_()
    wrong = torch.stack([rows, rows.roll(1, 0)])[None]
    batch = batch_of([0, 1, 2])
    loss = pair_loss(right, batch, config)
    loss.backward()
    assert loss < pair_loss(wrong, batch, config)
    assert torch.isfinite(right.grad).all()


@pytest.mark.parametrize('kind', ['infonce', 'hinge', 'ap'])
def test_a_pair_without_correspondences_costs_nothing(kind):
    descriptors = torch.randn(1, 2, 3, 8, requires_grad=True)
    loss = pair_loss(descriptors, batch_of([-1, -1, -1]), LossConfig(kind=kind))
    loss.backward()
    assert loss.item() == 0 and torch.isfinite(descriptors.grad).all()


def test_an_unknown_loss_lists_the_known_ones():
    with pytest.raises(ConfigError, match='ap, distil, hinge, infonce, places, superpoint'):
        pair_loss(torch.zeros(1, 2, 1, 8), batch_of([0]), LossConfig(kind='triplet'))


def shift(x):
    return torch.tensor([[[1.0, 0, x], [0, 1, 0], [0, 0, 1]]])


def maps(first, second):
    """Return dense maps (1, 2, 2, 1, cells) of rows of two numbers."""
    return torch.tensor([first, second]).transpose(1, 2)[None, :, :, None, :]


def test_superpoint_is_equations_4_to_6():
    # Three cells in a row, centres at x = 3.5, 11.5, 19.5, moved by 10 px: the first comes within
    # 8 px of cells 1 and 2, the second of cell 2, the third of none; cell 0 is not seen.
    dense = maps([[2.0, 0.0], [0.0, 1.0], [0.6, 0.8]], [[1.0, 0.0], [3.0, 0.0], [0.8, 0.6]])
    total, count = superpoint(dense, shift(10.0), LossConfig(kind='superpoint'))
    positive = 250 * ((1 - 1.0) + (1 - 0.8) + (1 - 0.6))
    negative = (0.6 - 0.2) + (0.96 - 0.2)  # the third's; the second's with cell 1 is below 0.2
    assert count == 6
    assert total.item() == pytest.approx(positive + negative, rel=1e-5)


def test_superpoint_without_common_cells_costs_nothing():
    dense = torch.randn(1, 2, 4, 2, 3, requires_grad=True)
    loss = pair_loss(torch.zeros(1, 2, 1, 4), {'homography': shift(1000.0)},
                     LossConfig(kind='superpoint'), dense)
    loss.backward()
    assert loss.item() == 0 and torch.isfinite(dense.grad).all()


@pytest.mark.parametrize('kind', ['superpoint', 'distil'])
def test_a_loss_of_hs_map_needs_one(kind):
    with pytest.raises(ConfigError, match=kind):
        loss_terms(torch.zeros(1, 2, 1, 4), None, {}, LossConfig(kind=kind))


def test_distil_is_one_minus_the_cosine_of_each_cell():
    dense = maps([[2.0, 0.0], [0.0, 1.0]], [[3.0, 4.0], [-1.0, 0.0]])
    taught = maps([[1.0, 0.0], [5.0, 0.0]], [[1.0, 0.0], [1.0, 0.0]])
    loss, count = loss_terms(torch.zeros(1, 2, 1, 4), dense, {'taught': taught},
                             LossConfig(kind='distil'))
    assert loss.item() == pytest.approx(0 + 1 + (1 - 0.6) + 2) and count == 4


def test_points_behind_the_camera_are_far_away():
    homography = torch.tensor([[[1.0, 0, 0], [0, 1, 0], [-0.1, 0, 1]]])
    assert warp_points(torch.tensor([[5.0, 1.0], [20.0, 1.0]]), homography).tolist() == [
        [[10, 2], [1e6, 1e6]]]


def test_a_pairs_homography_moves_its_keypoints(photographs):
    config = DataConfig(size=(128, 96), keypoints=50)
    pair = KeypointPairs(open_folder(photographs), 'rootsift', config, 0, 1)[0]
    rows = pair['valid'][0]
    moved = warp_points(torch.from_numpy(pair['keypoints'][0, rows, :2]),
                 torch.from_numpy(pair['homography'])[None])[0]
    assert torch.allclose(moved, torch.from_numpy(pair['projected'][rows]), atol=1e-2)
