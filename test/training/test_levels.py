# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import copy

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from support.pictures import textured
from support.plain_layers import randomise
from support.saved_runs import save_run
from torch import nn

from residual_features_ros import create_extractor
from residual_features_ros.model_card import load_card, weights_folder
from residual_features_ros.network import prepare
from training import export, levels
from training.config import override
from training.methods.residual.model import ResidualNetwork
from training.methods.residual.recipe import create

FP16_ENDS = 65504
METHOD = 'residual_rootsift_small'


def network(factor=1.0):
    """Return two convolutions, a pooling between them, of weights `factor` times as large."""
    torch.manual_seed(3)
    made = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2),
                         nn.Conv2d(8, 16, 1))
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.mul_(factor)
    return made


@pytest.fixture
def images():
    return torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(4))


def test_a_loud_map_is_scaled_by_a_power_of_two_and_keeps_its_digits(images):
    loud = network(1000.0)
    expected = loud(images).detach()
    assert levels.level(loud, images)
    found = loud(images).detach()
    factor = (found / expected).median().item()
    assert np.log2(factor) == round(np.log2(factor)) and factor < 1e-3
    torch.testing.assert_close(found, expected * factor, rtol=0, atol=0)
    assert 0.5 < found.square().mean().sqrt() < 2
    assert levels.loudest(loud, images) < 10 and not levels.level(loud, images)


def test_what_is_quiet_or_no_number_stays_as_it_is(images):
    for factor in (1.0, float('nan'), float('inf')):
        kept = network(factor)
        before = copy.deepcopy(kept.state_dict())
        assert not levels.level(kept, images)
        for name, values in kept.state_dict().items():
            torch.testing.assert_close(values, before[name], rtol=0, atol=0, equal_nan=True)


def test_what_carries_no_scale_through_stays_as_it_is(images):
    made = nn.Sequential(*network(1000.0), nn.Sigmoid())
    assert not levels.level(made, images)


def test_a_layer_without_a_bias_and_one_that_says_nothing(images):
    made = network(1000.0)
    made[0] = nn.Conv2d(3, 8, 3, padding=1, bias=False)
    with torch.no_grad():
        made[3].weight.zero_()
        made[3].bias.zero_().add_(5000)
        made[0].weight.zero_()
    assert levels.level(made, images)
    assert 0.5 < made(images).abs().max() < 2


@pytest.mark.parametrize('batch_norm', [False, True])
def test_an_export_keeps_what_is_loud_within_fp16(tmp_path, batch_norm):
    config = override(create(METHOD), ['data.keypoints=50', f'model.batch_norm={batch_norm}'])
    torch.manual_seed(1)
    model = randomise(ResidualNetwork(config.model)) if batch_norm \
        else ResidualNetwork(config.model)
    described = []
    for factor, name in ((1.0, 'quiet'), (256.0, 'loud')):
        with torch.no_grad():
            for layer in model.h:
                if isinstance(layer, nn.Conv2d):
                    layer.weight.mul_(factor)
        save_run(tmp_path / f'{name}.pt', config, model)
        export.export(tmp_path / f'{name}.pt', tmp_path / name, 'Apache-2.0', 'random weights')
        described.append(create_extractor(
            METHOD, 100, weights=str(tmp_path / name)).extract(textured(200, 150)).descriptors)
        stored = load_card(METHOD, tmp_path / name).path('h')
        assert stored.stat().st_size < 0.75e6  # in fp16 still
    if not batch_norm:  # whose statistics are of the quiet one
        np.testing.assert_allclose(*described, atol=2e-3)


def test_shipped_maps_stay_within_fp16(image):
    for path in sorted(weights_folder().rglob('*.h.onnx')):
        graph = onnx.load(str(path))
        known = {output.name for output in graph.graph.output}
        graph.graph.output.extend(
            onnx.helper.make_empty_tensor_value_info(node.output[0]) for node in graph.graph.node
            if node.op_type == 'Conv' and node.output[0] not in known)
        session = onnxruntime.InferenceSession(graph.SerializeToString(),
                                               providers=['CPUExecutionProvider'])
        card = load_card(path.name.partition('.')[0], path.parent)
        for found in session.run(None, {session.get_inputs()[0].name: prepare([image], card)}):
            assert float(np.abs(found).max()) < FP16_ENDS / 8, path.name
