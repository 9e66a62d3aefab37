# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
import torch
from support.plain_layers import randomise

from training.config import DataConfig, OptimConfig, WarpConfig
from training.data.sources.images import open_folder
from training.methods.residual.config import PlacesConfig
from training.methods.residual.method import build, networks, stages
from training.methods.residual.model import FARTHEST, PlaceNetwork
from training.methods.residual.places import TURNS, offsets, open_dataset, validate
from training.methods.residual.recipe import create
from training.train import train

CONFIG = dataclasses.replace(
    create('residual_hessian_tiny'), places=PlacesConfig(width=8, samples=8),
    data=DataConfig(size=(160, 120), keypoints=40, warp=WarpConfig(10, 0, 1.2, 0.05, 0.05)))


class BrightestPixel(torch.nn.Module):
    """A p that knows: where the one bright sample is."""

    def __init__(self, samples, side):
        super().__init__()
        self.step, self.middle = side / samples, (samples - 1) / 2
        self.unused = torch.nn.Parameter(torch.zeros(1))

    def forward(self, windows):
        side = windows.shape[-1]
        place = windows.flatten(1).argmax(1)
        return (torch.stack([place % side, place // side], 1) - self.middle) * self.step


def test_what_is_seen_turned_is_turned_back():
    windows = torch.zeros(8, 1, 8, 8)
    windows[:, 0, 1, 6] = 1
    network = BrightestPixel(8, 4.0)
    turned = offsets(network, windows, torch.arange(8))
    torch.testing.assert_close(turned, torch.tensor([[1.25, -1.25]]).expand(8, 2))
    assert len({tuple(turn.flatten().tolist()) for turn in TURNS}) == 8


def test_it_starts_where_keypoints_are_found_and_never_moves_them_far():
    network = PlaceNetwork(CONFIG.places)
    windows = torch.randn(20, 1, 8, 8)
    assert not network(windows).any()
    far = randomise(network)(100 * windows)
    assert far.abs().max() <= FARTHEST and far.std() > 0.1


def test_samples_have_pairs_and_what_is_around_them(photographs):
    sample = open_dataset(open_folder(photographs), CONFIG, 0, 2)[0]
    assert sample['windows'].shape == (2, 40, 1, 8, 8) and sample['match'].max() >= 0
    rows = np.flatnonzero(sample['match'] >= 0)
    assert sample['windows'][0, rows].astype(np.float32).std() == pytest.approx(1, abs=0.2)


def test_errors_are_those_of_the_homography():
    homography = np.array([[1, 0, 5], [0, 1, 0], [0, 0, 1]], np.float32)
    keypoints = np.zeros((2, 3, 4), np.float32)
    keypoints[0, :, :3] = [[10, 10, 2], [20, 20, 2], [30, 30, 2]]
    keypoints[1, :, :3] = [[15, 10.5, 2], [25, 22, 2], [0, 0, 2]]
    pair = {'windows': np.zeros((2, 3, 1, 8, 8), np.float16), 'keypoints': keypoints,
            'match': np.array([0, 1, -1]), 'homography': homography}
    scores = validate(PlaceNetwork(CONFIG.places), [pair])
    assert scores['median_px'] == scores['median_px_detected'] == pytest.approx(1.25)
    assert scores['within_1px'] == 0.5


def test_a_run_learns_places_after_descriptors(photographs, tmp_path):
    steps = dataclasses.replace(CONFIG.places.optim, steps=30)
    config = dataclasses.replace(
        CONFIG, optim=OptimConfig(steps=0, batch=2),
        places=dataclasses.replace(CONFIG.places, optim=steps),
        data=dataclasses.replace(CONFIG.data, images=str(photographs), workers=0,
                                 validation_pairs=2, cache=str(tmp_path / 'cache')))
    path = train(config, tmp_path / 'run')
    saved = torch.load(path, weights_only=True)
    assert saved['stage'] == 'places' and saved['step'] == 30
    assert saved['model']['p.layers.out.weight'].any()
    exported = networks(build(config), config)
    assert exported.p is not None and exported.place_side == 4.0 and exported.place_samples == 8


def test_places_learn_from_homographies_alone_and_are_off_unless_asked_for():
    posed = dataclasses.replace(CONFIG, data=dataclasses.replace(CONFIG.data, kind='tum'))
    assert [stage.name for stage in stages(posed)] == ['train']
    assert [stage.name for stage in stages(CONFIG)] == ['train', 'places']
    plain = create('residual_sift_small')
    assert len(stages(plain)) == 1 and build(plain).p is None
