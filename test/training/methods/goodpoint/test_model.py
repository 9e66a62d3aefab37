# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import math

import pytest
import torch
from support.plain_layers import (
    batch_norm,
    cells_to_pixels,
    convolve,
    leaky,
    paired,
    randomise,
    softmax,
    unit,
)
from torch import nn
from torch.nn import functional

from residual_features_ros.errors import ConfigError
from training.methods.goodpoint.config import ModelConfig
from training.methods.goodpoint.model import GoodPoint, to_pixels


@pytest.fixture(scope='module')
def full():
    torch.manual_seed(0)
    return GoodPoint(ModelConfig()).eval()


def test_convolutions_are_superpoints_without_the_dustbin(full):
    parts = {name: sum(parameter.numel() for layer in part if isinstance(layer, nn.Conv2d)
                       for parameter in layer.parameters())
             for name, part in full.h.named_children()}
    # SuperPoint's detector has 311,873; the dustbin is a channel of 256 weights and a bias.
    assert parts == {'backbone': 628_032, 'detector': 311_873 - 257, 'descriptor': 360_960}


@pytest.mark.parametrize('backbone', ['full', 'small'])
def test_leaky_relu_and_batch_norm_follow_every_convolution_but_the_last_descriptors(backbone):
    h = GoodPoint(ModelConfig(backbone)).h
    for name, part in h.named_children():
        kinds = [type(layer) for layer in part if not isinstance(layer, nn.MaxPool2d)]
        if name == 'descriptor':
            assert kinds.pop() is nn.Conv2d
        assert kinds == [nn.Conv2d, nn.LeakyReLU, nn.BatchNorm2d] * (len(kinds) // 3)


def test_weights_are_xaviers_and_biases_a_hundredth(full):
    for layer in full.modules():
        if isinstance(layer, nn.Conv2d):
            assert torch.all(layer.bias == 0.01)
            fans = (layer.in_channels + layer.out_channels) * layer.kernel_size[0]**2
            bound = math.sqrt(6 / fans)
            assert 0.95 * bound < layer.weight.abs().max() <= bound


def test_a_channel_is_a_pixel_of_its_cell():
    cells = torch.zeros(1, 64, 2, 3)
    cells[0, 8 * 5 + 6, 1, 2] = 1  # row 5, column 6 of the last cell
    assert torch.nonzero(to_pixels(cells)[0]).tolist() == [[8 + 5, 16 + 6]]


@pytest.mark.parametrize('backbone', ['full', 'small'])
def test_each_cell_has_one_keypoint_in_sum_and_descriptors_have_unit_length(backbone):
    model = GoodPoint(ModelConfig(backbone, head=32, dim=48)).eval()
    images = torch.rand(2, 1, 32, 48)
    scores, dense = model.h(images)
    assert scores.shape == (2, 32, 48) and dense.shape == (2, 48, 4, 6)
    assert torch.allclose(scores.unfold(1, 8, 8).unfold(2, 8, 8).sum((3, 4)), torch.ones(2, 4, 6))
    assert torch.allclose(dense.norm(dim=1), torch.ones(2, 4, 6))
    log_scores, same = model.see(images)
    assert torch.allclose(log_scores.exp(), scores, atol=1e-6) and torch.equal(same, dense)


def test_an_unknown_backbone_names_the_known_ones():
    with pytest.raises(ConfigError, match='full'):
        GoodPoint(ModelConfig('vgg'))


def expected_maps(images, h):
    """Scores and descriptors from section 3: SuperPoint's with leaky ReLU and no dustbin.

    BatchNorm behind the leaky ReLU, and both behind the detector's last convolution, are in the
    authors' code and not in the text.
    """
    def activated(x, convolution, norm):
        return batch_norm(leaky(convolve(x, convolution), 0.01), norm)

    for number, layers in enumerate(paired(h.backbone), 1):
        images = activated(images, *layers)
        if number in (2, 4, 6):
            images = functional.max_pool2d(images, 2)
    hidden, last = paired(h.detector)
    scores = cells_to_pixels(softmax(activated(activated(images, *hidden), *last), 1))
    hidden, (last, _) = paired(h.descriptor)
    return scores, unit(convolve(activated(images, *hidden), last), 1)


@pytest.mark.parametrize('backbone', ['full', 'small'])
def test_h_gives_what_the_paper_s_layers_give(backbone):
    h = randomise(GoodPoint(ModelConfig(backbone)).h)
    images = torch.rand(2, 1, 32, 48)
    with torch.inference_mode():
        found, expected = h(images), expected_maps(images, h)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
