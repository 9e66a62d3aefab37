# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from support.plain_layers import (
    batch_norm,
    convolve,
    instance_norm,
    layers_of,
    leaky,
    randomise,
    read_lines,
    relu,
    to_size,
)
from torch.nn import functional

from training.methods.posfeat.config import ModelConfig
from training.methods.posfeat.model import Detection, Features, PoSFeatNetwork, normalise
from training.methods.posfeat.recipe import SMALL

TINY = ModelConfig(block='basic', blocks=(1, 1, 1), width=8, decoder=(16, 16), dim=12,
                   detector=(8, 4, 6))


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_papers_networks_have_the_papers_channels():
    h = PoSFeatNetwork(ModelConfig()).h
    shapes = {name: tuple(value.shape) for name, value in h.state_dict().items()}
    assert shapes['description.up3.conv.weight'] == (512, 1024, 3, 3)
    assert shapes['description.join3.conv.weight'] == (512, 512 + 512, 3, 3)
    assert shapes['description.up2.conv.weight'] == (256, 512, 3, 3)
    assert shapes['description.join2.conv.weight'] == (256, 256 + 256, 3, 3)
    assert shapes['description.last.conv.weight'] == (128, 256, 1, 1)
    assert shapes['detection.conv1.weight'] == (192, 192, 3, 3)
    assert shapes['detection.conv2.weight'] == (128, 256, 3, 3)
    assert count(PoSFeatNetwork(SMALL)) < 700_000


@pytest.mark.parametrize('size', [(64, 48), (52, 36), (68, 60)])
def test_maps_have_the_images_size_and_a_quarter_of_it(size):
    width, height = size
    model = Features(TINY).eval()
    scores, dense = model(torch.randn(2, 3, height, width))
    assert scores.shape == (2, height, width) and scores.min() > 0  # softplus
    assert dense.shape == (2, 12, height // 4, width // 4)


def test_a_batch_equals_its_singles_in_eval_mode():
    torch.manual_seed(0)
    model, images = Features(TINY).eval(), torch.randn(2, 3, 32, 48)
    for together, single in zip(model(images), model(images[1:]), strict=True):
        assert torch.allclose(together[1:], single, atol=1e-5)


def test_scores_never_change_the_description():
    model = Features(TINY)
    scores, _ = model(torch.randn(1, 3, 32, 32))
    scores.sum().backward()
    assert all(parameter.grad is None for parameter in model.description.parameters())
    assert all(parameter.grad is not None for parameter in model.detection.parameters())


def test_instance_normalisation_is_fp32_under_autocast():
    """The sum of squares of this map is beyond fp16's 65504."""
    torch.manual_seed(0)
    image = 100 * torch.randn(1, 2, 64, 64) + 300
    with torch.autocast('cpu', torch.bfloat16):
        found = normalise(image.bfloat16())
    assert found.dtype == torch.float32
    assert found.mean((2, 3)).abs().max() < 1e-3
    assert found.std((2, 3), correction=0).sub(1).abs().max() < 1e-3
    assert torch.isfinite(normalise(image.half())).all()
    with torch.autocast('cpu', torch.bfloat16):
        scores = Detection(6, (0, 4, 6))(torch.randn(1, 4, 4, 4), torch.randn(1, 2, 4, 4),
                                         torch.randn(1, 3, 16, 16))
    assert scores.dtype == torch.float32


def expected_encoder_maps(images, layers, blocks):
    """Return the stem's map and those of layers 1 to 3 of a ResNet (He et al. 2015)."""
    def normed(x, place, number, stride=1):
        return batch_norm(convolve(x, layers[f'{place}conv{number}'], stride),
                          layers[f'{place}bn{number}'])

    maps = [functional.max_pool2d(relu(normed(images, '', 1, 2)), 3, 2, 1)]
    for layer, count in enumerate(blocks, 1):
        x = maps[-1]
        for number in range(count):
            place, stride = f'layer{layer}.{number}.', 2 if layer > 1 and number == 0 else 1
            bottleneck, kept = f'{place}conv3' in layers, x
            if f'{place}downsample.0' in layers:
                kept = batch_norm(convolve(x, layers[f'{place}downsample.0'], stride),
                                  layers[f'{place}downsample.1'])
            x = relu(normed(x, place, 1, 1 if bottleneck else stride))
            x = normed(x, place, 2, stride if bottleneck else 1)
            x = relu((normed(relu(x), place, 3) if bottleneck else x) + kept)
        maps.append(x)
    return maps


def expected_description(images, description, blocks):
    """Return descriptors and the stem's map: ResUNet as in CAPS, BatchNorm and ELU."""
    layers = layers_of(description)

    def activated(x, name):
        x = batch_norm(convolve(x, layers[f'{name}.conv']), layers[f'{name}.bn'])
        return torch.where(x > 0, x, x.exp() - 1)

    def joined(x, kept, number):
        for axis in (2, 3):  # corners on corners
            x = read_lines(x, axis, torch.linspace(0, x.shape[axis] - 1, kept.shape[axis]))
        return activated(torch.cat([kept, activated(x, f'up{number}')], 1), f'join{number}')

    stem, quarter, eighth, sixteenth = expected_encoder_maps(
        images, layers_of(description.encoder), blocks)
    return activated(joined(joined(sixteenth, eighth, 3), quarter, 2), 'last'), stem


def expected_scores(images, dense, stem, detection):
    """Return what the detection net gives (supplement, 1): instance norm, one PReLU, softplus."""
    layers = layers_of(detection)

    def normed(x, name):
        return instance_norm(convolve(x, layers[name]))

    slope = layers['prelu']['weight']
    x = leaky(normed(torch.cat([dense, stem], 1), 'conv1'), slope)
    x = torch.cat([to_size(x, images.shape[2:]), normed(images, 'convimg')], 1)
    return normed(leaky(normed(x, 'conv2'), slope), 'conv3')[:, 0].exp().log1p()


@pytest.mark.parametrize('config', [
    TINY, ModelConfig(blocks=(2, 1, 2), width=8, decoder=(16, 12), dim=10, detector=(0, 4, 6))],
    ids=['basic', 'bottleneck'])
def test_h_gives_what_the_paper_s_layers_give(config):
    h = randomise(Features(config))
    images = torch.randn(2, 3, 36, 52)
    with torch.inference_mode():
        scores, dense = h(images)
        expected, stem = expected_description(images, h.description, config.blocks)
        torch.testing.assert_close(dense, expected, rtol=1e-5, atol=5e-5)
        expected = expected_scores(images, dense, stem, h.detection)
        torch.testing.assert_close(scores, expected, rtol=1e-5, atol=5e-5)
