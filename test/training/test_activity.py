# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from torch import nn

from training.activity import Activity


def network(bias):
    """Return a network of two ReLUs of which the last has this bias and nothing else."""
    layers = nn.Sequential(nn.Conv2d(1, 2, 1), nn.ReLU(inplace=True), nn.Conv2d(2, 4, 1),
                           nn.ReLU(inplace=True), nn.Conv2d(4, 2, 1, bias=False))
    nn.init.zeros_(layers[2].weight)
    layers[2].bias.data = torch.tensor(bias)
    nn.init.constant_(layers[0].weight, 1.0)
    nn.init.zeros_(layers[0].bias)
    nn.init.constant_(layers[4].weight, 1.0)
    return layers


def heard(bias, image):
    layers = network(bias)
    with torch.inference_mode(), Activity(layers) as activity:
        layers(image)
        layers(image)
    layers(torch.full_like(image, -1.0))  # nobody listens
    return activity.scores()


def test_the_least_share_of_all_relus_and_the_length_of_the_map():
    image = torch.ones(1, 1, 2, 3)
    assert heard([1.0, 1.0, -1.0, -1.0], image) == {'active': 0.5, 'length': pytest.approx(8**0.5)}
    image[..., 0] = -1.0  # a third of the first ReLU's outputs
    assert heard([1.0] * 4, image)['active'] == pytest.approx(2 / 3)


def test_a_silent_layer_is_found_however_well_the_others_do():
    assert heard([-1.0] * 4, torch.ones(1, 1, 2, 3)) == {'active': 0.0, 'length': 0.0}


def test_no_network_has_no_scores():
    with Activity(None) as activity:
        pass
    assert activity.scores() == {}
