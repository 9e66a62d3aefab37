# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from residual_features_ros.errors import ConfigError
from training.methods.posfeat.encoder import Encoder


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_encoders_are_torchvisions_up_to_layer_3():
    """Parameters of ResNet-50 and -18 less those of layer 4 and of the classifier."""
    assert count(Encoder('bottleneck', (3, 4, 6), 64)) == 25_557_032 - 14_964_736 - 2_049_000
    encoder = Encoder('basic', (2, 2, 2), 64)
    assert count(encoder) == 11_689_512 - 8_393_728 - 513_000
    shapes = {name: tuple(value.shape) for name, value in encoder.state_dict().items()}
    assert shapes['layer2.0.downsample.0.weight'] == (128, 64, 1, 1)
    assert shapes['layer3.1.bn2.running_var'] == (256,)
    assert shapes['conv1.weight'] == (64, 3, 7, 7)
    assert not any(name.startswith('layer1.0.downsample') for name in shapes)
    with pytest.raises(ConfigError, match='basic, bottleneck'):
        Encoder('vgg', (1, 1, 1), 8)


def test_the_encoder_takes_torchvisions_weights_and_refuses_others():
    theirs = Encoder('basic', (1, 1, 1), 8).state_dict()
    weights = {key: torch.randn(value.shape) for key, value in theirs.items()
               if not key.endswith('num_batches_tracked')}
    encoder = Encoder('basic', (1, 1, 1), 8)
    encoder.load_torchvision({**weights, 'fc.weight': torch.zeros(3, 8)}, 'resnet.pth')
    for key, value in weights.items():
        assert torch.equal(encoder.state_dict()[key], value), key
    with pytest.raises(ValueError, match=r'resnet\.pth: expected conv1\.weight'):
        Encoder('basic', (1, 1, 1), 16).load_torchvision(weights, 'resnet.pth')
    with pytest.raises(ValueError, match=r'layer3\.1\.conv1\.weight.*found none'):
        Encoder('basic', (1, 1, 2), 8).load_torchvision(weights, 'resnet.pth')
