# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
import torch
from support.posed_trees import HEIGHT, WIDTH, wall_view

from residual_features_ros.geometry.pose import pose_matrix, relative_pose
from training.methods.lfnet import loss as losses
from training.methods.lfnet.config import KeypointConfig, LossConfig
from training.methods.lfnet.warps import (
    HomographyWarp,
    PosedWarp,
    both_ways,
    paired,
    swapped,
    warped_map,
)

KEYPOINTS = KeypointConfig(count=2)


def shift(x, y=0.0):
    return torch.tensor([[[1.0, 0, x], [0, 1, y], [0, 0, 1]]])


def shown(height=12, width=14):
    return torch.ones(1, 2, height, width, dtype=torch.bool)


def test_the_target_has_gaussians_of_sigma_half_a_pixel_at_the_strongest_maxima():
    warped = torch.zeros(1, 12, 14)
    warped[0, 4, 4], warped[0, 8, 10], warped[0, 4, 11] = 0.3, 0.9, 0.2
    wanted = losses.target(warped, KEYPOINTS, 0.5)
    assert wanted[0, 4, 4] == wanted[0, 8, 10] == 1
    assert float(wanted[0, 4, 5]) == pytest.approx(math.exp(-2))  # exp(-1 / (2 * 0.5**2))
    assert float(wanted[0, 5, 5]) == pytest.approx(math.exp(-4))
    assert float(wanted[0, 4, 11]) < 1e-6  # the third
    assert losses.target(torch.zeros(1, 12, 14), KEYPOINTS, 0.5).sum() == 0


def test_equation_2_is_the_mean_over_pixels_that_are_not_occluded():
    scores, wanted = torch.tensor([[[0.5, 0.5, 0.9]]]), torch.tensor([[[1.0, 0.0, 0.0]]])
    counted = torch.tensor([[[True, True, False]]])
    assert losses.score_loss(scores, wanted, counted).tolist() == [0.25]
    assert losses.score_loss(scores, wanted, counted & False).tolist() == [0.0]


def test_equation_3_is_the_squared_distance_of_descriptors_that_are_seen():
    rows = torch.tensor([[[1.0, 0], [0, 1]]])
    partners = torch.tensor([[[0.0, 1], [0, 1]]])
    assert losses.pair_loss(rows, partners, torch.tensor([[True, True]])).tolist() == [1.0]
    assert losses.pair_loss(rows, partners, torch.tensor([[True, False]])).tolist() == [2.0]


def test_equation_4_compares_orientations_as_vectors_and_scales_as_logarithms():
    east, north = [1.0, 0.0], [0.0, 1.0]
    seen = torch.tensor([[True, True]])
    found = losses.orientation_loss(torch.tensor([[east, east]]), torch.tensor([[east, north]]),
                                    seen)
    assert found.tolist() == [1.0]  # (0 + 2) / 2
    found = losses.scale_loss(torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 1.0]]), seen)
    assert found.tolist() == pytest.approx([math.log(2)**2 / 2])


def test_scale_and_orientation_are_brought_back_by_the_homography():
    turn = math.radians(30)
    there = 1.2 * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    jacobian = torch.tensor(there, dtype=torch.float32)[None, None]
    angle = math.radians(75)
    direction = torch.tensor([[[math.cos(angle), math.sin(angle)]]])
    scale, turned = losses.warp_frames(torch.tensor([[1.1]]), direction, jacobian, 2**0.5)
    assert float(scale) == pytest.approx(1.1 / 1.2)
    assert turned[0, 0].tolist() == pytest.approx([math.cos(angle - turn), math.sin(angle - turn)])
    scale, _ = losses.warp_frames(torch.tensor([[9.0]]), direction, jacobian, 2**0.5)
    assert float(scale) == pytest.approx(2**0.5)
    for value in losses.warp_frames(torch.tensor([[1.0]]), direction, 0 * jacobian, 2**0.5):
        assert value.isfinite().all()


def test_a_mirrored_direction_comes_back_mirrored():
    jacobian = torch.tensor([[[[-1.0, 0], [0, 1]]]])
    _, turned = losses.warp_frames(torch.ones(1, 1), torch.tensor([[[1.0, 0.0]]]), jacobian, 2.0)
    assert turned[0, 0].tolist() == [-1.0, 0.0]


def test_equation_5_takes_the_margin_and_the_negative():
    # distances of row 0: to its partner 2 - 2 * 0.8 = 0.4, to the negative 2 - 2 * 0.6 = 0.8.
    rows = torch.tensor([[[1.0, 0, 0], [0, 0, 1]]])
    partners = torch.tensor([[[0.8, 0.6, 0], [0.6, 0, 0.8]]])
    places = torch.tensor([[[0.0, 0], [40, 0]]])
    seen = torch.tensor([[True, True]])
    found = losses.triplet_loss(rows, partners, places, seen, 5, LossConfig())
    # row 1: 2 - 2 * 0.8 = 0.4 to its partner, 2 to the negative
    assert found.tolist() == pytest.approx([(1 + 0.4 - 0.8 + 0.0) / 2])
    assert losses.triplet_loss(rows, partners, places, seen & torch.tensor([[True, False]]), 5,
                               LossConfig()).tolist() == [0.0]  # no negative is left
    near = losses.triplet_loss(rows, partners, places / 2, seen, 5, LossConfig())
    assert near.tolist() == [0.0]  # 20 px apart: no negatives


def test_the_pool_of_negatives_shrinks_from_64_to_5():
    config = LossConfig()
    assert [losses.pool_size(step, config) for step in (0, 1000, 4000, 5000, 50_000)] == [
        64, int(64 * math.exp(-0.6)), 5, 5, 5]


def test_negatives_are_drawn_among_the_hardest():
    torch.manual_seed(0)
    apart = torch.arange(20.0).expand(1, 400, 20)
    allowed = torch.ones(1, 400, 20, dtype=torch.bool)
    allowed[:, :, 1] = False
    allowed[:, 200:, 2:] = False
    allowed[:, 399] = False
    drawn, exists = losses.draw_negatives(apart, allowed, 4)
    assert set(drawn[0, :200].tolist()) == {0, 2, 3, 4}
    assert set(drawn[0, 200:399].tolist()) == {0}
    assert exists[0, :399].all() and not exists[0, 399]


def test_a_map_is_warped_by_the_homography_and_masked_where_it_is_not_seen():
    scores = torch.zeros(1, 12, 14)
    scores[0, 5, 8] = 1
    warp = HomographyWarp(shift(3.0), shown())
    warped, seen = warped_map(scores, warp)
    assert warped[0, 5, 5] == 1 and warped.sum() == 1
    assert seen[0, :, :11].all() and not seen[0, :, 11:].any()
    mirrored = shown()
    mirrored[0, 1, 5, 8] = False  # view j shows no photograph there
    warped, seen = warped_map(scores, HomographyWarp(shift(3.0), mirrored))
    assert warped.sum() == 0 and not seen[0, 5, 5]


def test_jacobians_are_the_homography_s():
    homography = torch.tensor([[[1.1, 0.2, 3], [-0.1, 0.9, 1], [1e-3, -5e-4, 1]]])
    point = torch.tensor([[[6.0, 4.0]]])
    found = HomographyWarp(homography, shown()).jacobian(point)[0, 0]
    h, (x, y) = homography[0].double(), (6.0, 4.0)
    w = h[2] @ torch.tensor([x, y, 1.0], dtype=torch.double)
    place = (h[:2] @ torch.tensor([x, y, 1.0], dtype=torch.double)) / w
    expected = (h[:2, :2] - place[:, None] * h[2, :2]) / w
    assert torch.allclose(found.double(), expected, atol=1e-3)


def posed(depths=None):
    """Return the warp from a camera to one 0.5 to its right, turned by 90 degrees."""
    views = [wall_view(0.0), wall_view(0.5, 90)]
    depth = torch.from_numpy(np.stack(depths or [view.depth for view in views]))[None]
    K = torch.from_numpy(np.stack([view.K for view in views])).float()[None]
    pose = torch.from_numpy(pose_matrix(*relative_pose(*views))).float()[None]
    return PosedWarp(depth, K, pose)


def test_depth_and_pose_move_pixels_and_turn_frames():
    warp = posed()
    point = torch.tensor([[[99.5, 74.5]]])
    places, seen = warp.move(point)
    # On the axis at depth 4: (-0.5, 0, 4) before the turn, (0, -0.5, 4) after it, 160 / 4 pixels
    # a unit.
    assert places[0, 0].tolist() == pytest.approx([99.5, 74.5 - 0.5 * 40], abs=1e-3)
    assert seen.all()
    turn = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
    assert torch.allclose(warp.jacobian(point)[0, 0], turn, atol=1e-3)


def test_what_is_occluded_or_has_no_depth_is_not_seen():
    wall = np.full((HEIGHT, WIDTH), 4.0, np.float32)
    nearer, unknown = wall.copy(), wall.copy()
    nearer[:] = 2.0
    unknown[:] = 0
    point = torch.tensor([[[99.5, 74.5]]])
    assert posed([wall, wall]).move(point)[1].all()
    assert not posed([wall, nearer]).move(point)[1].any()
    assert not posed([unknown, wall]).move(point)[1].any()
    scores = torch.ones(1, HEIGHT, WIDTH)
    warped, seen = warped_map(scores, posed([wall, nearer]))
    assert warped.sum() == 0 and not seen.any()


def test_both_ways_alternates_the_views():
    batch = {'homography': shift(3.0), 'valid': shown()}
    warp = both_ways(batch)
    places, _ = warp.move(torch.tensor([[[5.0, 5.0]]]).expand(2, -1, -1))
    assert places[:, 0].tolist() == [[8.0, 5.0], [2.0, 5.0]]
    views = paired(torch.tensor([1.0, 3.0]), torch.tensor([2.0, 4.0]))
    assert views.tolist() == [1, 2, 3, 4]
    assert swapped(views).tolist() == [2, 1, 4, 3]


def test_both_ways_of_posed_pairs_lead_back():
    there = posed()
    warp = both_ways({'depth': there.depth, 'K': there.K, 'pose': there.pose})
    start = torch.tensor([[[110.0, 70.0]]])
    places, _ = warp.move(start.expand(2, -1, -1))
    back, seen = warp.move(places[:1].expand(2, -1, -1))
    assert torch.allclose(back[1], start[0], atol=1e-3) and seen[1].all()
