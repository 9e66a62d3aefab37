# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import re

import pytest
import torch
from torch import nn

from training import activity
from training.activity import Activity, warning
from training.config import override
from training.methods.residual.recipe import create
from training.train import train


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
    with torch.inference_mode(), Activity(layers) as listening:
        layers(image)
        layers(image)
    layers(torch.full_like(image, -1.0))  # nobody listens
    return listening.scores()


def test_the_least_share_of_all_relus_and_the_length_of_the_map():
    image = torch.ones(1, 1, 2, 3)
    assert heard([1.0, 1.0, -1.0, -1.0], image) == {'active': 0.5, 'length': pytest.approx(8**0.5)}
    image[..., 0] = -1.0  # a third of the first ReLU's outputs
    assert heard([1.0] * 4, image)['active'] == pytest.approx(2 / 3)


def test_a_silent_layer_is_found_however_well_the_others_do():
    assert heard([-1.0] * 4, torch.ones(1, 1, 2, 3)) == {'active': 0.0, 'length': 0.0}


def test_no_network_has_no_scores():
    with Activity(None) as listening:
        pass
    assert listening.scores() == {}


@pytest.mark.parametrize(('scores', 'said'), [
    ({'active': 0.0015, 'length': 4e-5}, 'falls silent: of one of its ReLUs 0.15% of the outputs'),
    ({'active': 0.41, 'length': 8e18}, 'grows without end: its mean length is 8e\\+18'),
    ({'active': 0.47, 'length': 5.5}, '^$'), ({'recall': 0.6}, '^$')])
def test_what_is_wrong_is_said_with_what_may_cure_it(scores, said):
    text = warning(scores)
    assert re.search(said, text) and text.endswith('a new --out') == bool(text)


def test_a_run_warns_at_its_validations(small_run, tmp_path, capsys, monkeypatch):
    config = override(create('residual_sift_half'), [*small_run, 'optim.steps=1'])
    train(config, tmp_path / 'alive')
    assert 'falls silent' not in capsys.readouterr().out
    monkeypatch.setattr(activity, 'LEAST_ACTIVE', 1.0)
    train(config, tmp_path / 'silent')
    assert len(re.findall(r'step [01]: h falls silent: of one of', capsys.readouterr().out)) == 2
