# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json
import time

import pytest
import torch

from training import cost, methods
from training.__main__ import main, parse
from training.cost import CostProtocol, medians_ms, multiply_adds, priced_of, recipe_like

KEYPOINTS = 100


def told(word, size=(64, 48)):
    """Return a method's costs without times."""
    each = priced_of(word, CostProtocol(size, KEYPOINTS))
    names = [(word, name) for name in each.inputs] + [(each.networks.handcrafted, '')]
    return each.told(dict.fromkeys(names, 1.0))


def cells(width, height, *layers):
    """Return the multiply-adds of layers: (side of a kernel, channels before, behind, stride)."""
    return sum(side * side * before * behind * (width // stride) * (height // stride)
               for side, before, behind, stride in layers)


def vgg(channels):
    """Return the layers of SuperPoint's encoder."""
    return ((3, channels, 64, 1), (3, 64, 64, 1), (3, 64, 64, 2), (3, 64, 64, 2),
            (3, 64, 128, 4), (3, 128, 128, 4), (3, 128, 128, 8), (3, 128, 128, 8))


def test_the_papers_network_is_counted_by_hand():
    found = told('residual_sift:paper')
    norms = 2 * (64 * 4 + 128 * 4 + 256)  # factors and biases of BatchNorm
    assert found['parameters'] == {'h': 957_248 + norms, 'f': 131_712}
    assert found['multiply_adds'] == {
        'h': cells(64, 48, *vgg(3), (3, 128, 256, 8), (1, 256, 128, 8)),
        'f': KEYPOINTS * (128 * 256 + 256 * 256 + 256 * 128)}
    assert found['recipe'] == 'paper' and list(found['handcrafted_ms']) == ['sift']


def test_superpoint_is_counted_with_both_heads():
    found = told('superpoint')
    assert found['multiply_adds'] == {'f': 0, 'h': cells(
        64, 48, *vgg(1), (3, 128, 256, 8), (1, 256, 65, 8), (3, 128, 256, 8), (1, 256, 256, 8))}
    assert found['handcrafted_ms'] == {} and found['recipe'] == 'paper'


def test_the_papers_network_has_less_work_than_superpoint():
    ours, theirs = (told(word)['multiply_adds']['h']
                    for word in ('residual_sift:paper', 'superpoint'))
    assert ours / theirs == pytest.approx(0.950, abs=0.001)  # f is .005 of 640x480


@pytest.mark.parametrize('method', ['residual_sift_small', 'cnn_sift', 'superpoint', 'lfnet'])
def test_the_default_recipe_is_told_by_its_settings(method):
    default = methods.create(method)
    name = recipe_like(method, default)
    assert methods.create(method, name) == default
    assert recipe_like(method, dataclasses.replace(default, seed=7)) == ''


def test_sizes_are_those_that_h_sees():
    shrunk = priced_of('residual_sift_small:ours', CostProtocol((100, 64)))
    assert shrunk.networks.shrink == 2
    assert shrunk.inputs['h']['image'].shape == (1, 3, 32, 56)  # padded to 112, and halved
    assert shrunk.inputs['f']['windows'].shape == (1000, 4, 12, 12)


def test_multiply_adds_are_half_of_the_operations():
    layer = torch.nn.Linear(3, 5)
    assert multiply_adds(layer, {'rows': torch.zeros(7, 3).numpy()}) == 7 * 3 * 5


def test_times_are_medians_of_what_is_run_in_turn():
    order = []

    def slow():
        order.append('slow')
        time.sleep(0.01 * (len(order) > 2 * cost.WARM_UP))

    found = medians_ms({('slow', 'h'): slow, ('fast', 'h'): lambda: order.append('fast')}, 3)
    assert order == ['slow', 'fast'] * (cost.WARM_UP + 3)
    assert found['slow', 'h'] >= 10 > found['fast', 'h']


def test_costs_are_measured_and_written(tmp_path, capsys):
    out = tmp_path / 'new' / 'cost.json'
    command = ['cost', 'residual_sift:paper,cnn_sift:paper,superpoint', '--size', '64x48',
               '--keypoints', '20', '--runs', '1', '--out', str(out)]
    assert main(command) == 0
    found = json.loads(out.read_text())
    assert found['benchmark'] == 'cost' and found['protocol']['threads'] == 1
    assert found['command'].endswith('--size 64x48 --keypoints 20 --threads 1 --runs 1')
    for each in found['methods'].values():
        assert set(each['ms']) == {'h', 'f'} and min(each['ms'].values()) > 0
    assert found['methods']['residual_sift:paper']['handcrafted_ms']['sift'] > 0
    assert 'over superpoint' in capsys.readouterr().out
    assert main(command) == 2
    assert 'there already' in capsys.readouterr().err


@pytest.mark.parametrize('word', ['sift', 'attention', 'residual_sift:nothing'])
def test_what_has_no_networks_for_images_is_refused(word, capsys):
    assert main(['cost', word]) == 2
    assert 'unknown' in capsys.readouterr().err


def test_nothing_cannot_be_measured():
    with pytest.raises(ValueError, match='--runs must be 1 or more, got 0'):
        parse(['cost', 'superpoint', '--runs', '0'])
