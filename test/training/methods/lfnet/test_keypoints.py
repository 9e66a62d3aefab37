# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch

from residual_features_ros.detection import DetectorCard, find
from training.methods.lfnet.config import KeypointConfig
from training.methods.lfnet.keypoints import framed, nearest, read, refine, select
from training.methods.lfnet.patches import SIZE


def test_keypoints_are_the_strongest_maxima_within_the_frame():
    scores = torch.zeros(1, 12, 14)
    for x, y, value in ((3, 3, .9), (4, 3, .8), (9, 3, .5), (9, 8, .7), (0, 11, 1.0)):
        scores[0, y, x] = value
    pixels, real = select(framed(scores, 2), 5, 2)
    assert pixels[0, :3].tolist() == [[3, 3], [9, 8], [9, 3]]
    assert real[0].tolist() == [True, True, True, False, False]
    assert torch.equal(framed(scores, 0), scores)


def test_training_reads_keypoints_as_the_runtime_does(rng):
    scores = rng.random((40, 50), np.float32)
    turn = rng.standard_normal((2, 40, 50)).astype(np.float32)
    config = KeypointConfig(count=20, border=5, softargmax_radius=3, softargmax_temperature=0.1)
    card = DetectorCard(maps=('scores',), nms_radius=2, border=5, size=SIZE, softargmax_radius=3,
                        softargmax_temperature=0.1)
    found = find({'scores': scores, 'orientation': turn}, card, (50, 40), 20)
    pixels, real = select(framed(torch.from_numpy(scores)[None], 5), 20, 2)
    places = refine(torch.from_numpy(scores)[None], pixels, config)
    assert real.all()
    assert np.allclose(places[0], found.keypoints, atol=1e-4)
    angles = torch.rad2deg(torch.atan2(*read(torch.from_numpy(turn)[None], pixels)[0].T.flip(0)))
    assert np.allclose(angles % 360, found.angles, atol=1e-3)


def test_a_keypoint_s_place_pulls_on_the_scores_around_it():
    scores = torch.zeros(1, 9, 9)
    scores[0, 4, 4] = 1
    scores.requires_grad_()
    places = refine(scores, torch.tensor([[[4, 4]]]), KeypointConfig(softargmax_radius=1))
    assert places[0, 0].tolist() == pytest.approx([4, 4])
    places[0, 0, 0].backward()
    gradient = scores.grad[0, 3:6, 3:6]
    # d offset / d score = share * (column - offset)
    share = 1 / (8 + np.e)
    assert torch.allclose(gradient[1], torch.tensor([-share, 0, share], dtype=torch.float32))
    assert scores.grad[0, :3].abs().sum() == 0


def test_nearest_pixels_stay_inside():
    points = torch.tensor([[[-3.0, 2.4], [1e6, 1e6]]])
    assert nearest(points, (8, 6)).tolist() == [[[0, 2], [7, 5]]]
