# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import math

import numpy as np
import pytest
import torch
from support.plain_layers import (
    batch_norm,
    convolve,
    layers_of,
    leaky,
    linear,
    randomise,
    relu,
    resize,
    softmax,
    to_size,
    unit,
)
from support.plain_layers import instance_norm as plain_instance_norm
from torch.nn import functional

from training.methods.lfnet.config import ModelConfig
from training.methods.lfnet.model import (
    PATCH,
    Descriptor,
    Detector,
    LFNet,
    instance_norm,
    merge,
    scale_factors,
    soft_nms,
)


def test_the_paper_s_networks_have_its_layers():
    model = LFNet(ModelConfig())
    features = [layer for layer in model.h.features.modules()
                if isinstance(layer, torch.nn.Conv2d)]
    assert [tuple(layer.weight.shape) for layer in features] == [
        (16, 1, 5, 5), *[(16, 16, 5, 5)] * 6]
    assert [tuple(layer.weight.shape) for layer in model.h.scores] == [(1, 16, 5, 5)] * 5
    assert [tuple(layer.weight.shape) for layer in model.f.modules()
            if isinstance(layer, torch.nn.Conv2d)] == [
        (64, 1, 3, 3), (128, 64, 3, 3), (256, 128, 3, 3)]
    assert [tuple(layer.weight.shape) for layer in model.f.modules()
            if isinstance(layer, torch.nn.Linear)] == [(512, 4096), (256, 512)]
    halves = 2 * sum(parameter.numel() for parameter in model.parameters())
    assert halves < 6e6  # bytes of the weights in fp16


def test_scales_lie_at_uniform_intervals_of_their_logarithm():
    assert scale_factors(ModelConfig()) == pytest.approx([2**.5, 2**.25, 1, 2**-.25, 2**-.5])
    assert scale_factors(ModelConfig())[2] == 1
    assert scale_factors(ModelConfig(scales=1)) == (1.0,)


def test_the_orientation_starts_at_0_degrees_everywhere():
    h = Detector(ModelConfig(channels=4, blocks=1)).eval()
    _, scale, turn = h(torch.randn(2, 1, 24, 40))
    assert h.maps == ('scores', 'scale', 'orientation')
    assert scale.shape == (2, 24, 40)
    assert turn.shape == (2, 2, 24, 40)
    assert torch.equal(turn, torch.stack([torch.ones(2, 24, 40), torch.zeros(2, 24, 40)], 1))


def test_without_orientation_and_scales_h_gives_scores_alone():
    h = Detector(ModelConfig(channels=4, blocks=1, scales=1, oriented=False)).eval()
    scores, = h(torch.randn(1, 1, 24, 40))
    assert h.maps == ('scores',)
    assert scores.min() > 0 and scores.max() <= 1


def test_instance_normalisation_gives_mean_0_and_deviation_1():
    logits = torch.tensor([[[[1.0, 3.0], [1.0, 3.0]]]]) * 100
    assert torch.allclose(instance_norm(logits), torch.tensor([[[[-1.0, 1.0], [-1.0, 1.0]]]]))
    assert torch.equal(instance_norm(torch.full((1, 1, 2, 2), 7.0)), torch.zeros(1, 1, 2, 2))


def test_h_in_bf16_normalises_in_float32():
    h = Detector(ModelConfig(channels=4, blocks=1)).eval()
    with torch.autocast('cpu', torch.bfloat16):
        maps = h(torch.randn(1, 1, 24, 40) * 1e4)
    assert all(values.dtype == torch.float32 and values.isfinite().all() for values in maps)


def test_soft_suppression_is_the_softmax_over_the_window_around_each_place():
    logits = torch.log(torch.tensor([[[[1.0, 2.0, 4.0, 1.0]]]]))
    expected = torch.tensor([1 / 3, 2 / 7, 4 / 7, 1 / 5])
    assert torch.allclose(soft_nms(logits, 3, 1.0)[0, 0, 0], expected)
    squared = torch.tensor([1 / 5, 4 / 21, 16 / 21, 1 / 17])
    assert torch.allclose(soft_nms(logits, 3, 2.0)[0, 0, 0], squared)


def test_soft_suppression_keeps_a_far_lower_place_finite():
    logits = torch.zeros(1, 1, 3, 60)
    logits[..., 0] = 1000
    sharp = soft_nms(logits, 15, 3.0)
    assert sharp[0, 0, 1, 0] == pytest.approx(1 / 3)
    assert sharp[0, 0, 1, 40] == pytest.approx(1 / 45)


def test_scales_are_merged_by_equation_1():
    sharp = torch.tensor([0.2, 0.6]).view(1, 2, 1, 1)
    share = np.exp([0.2, 0.6]) / np.exp([0.2, 0.6]).sum()
    scores, scale = merge(sharp, torch.tensor([2.0, 0.5]), 1.0)
    assert float(scores) == pytest.approx(0.2 * share[0] + 0.6 * share[1])
    assert float(scale) == pytest.approx(2 * share[0] + 0.5 * share[1])


def test_a_larger_blob_has_a_larger_scale():
    h = Detector(ModelConfig(channels=1, blocks=0)).eval()
    for layer in h.modules():  # the image itself is the feature map, the mean of 5x5 the score
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.zeros_(layer.weight)
    with torch.no_grad():
        h.features[0].weight[0, 0, 2, 2] = 1
        ring = -torch.ones(5, 5) / 16
        ring[1:4, 1:4] = 1 / 9
        for layer in h.scores:
            layer.weight[0, 0] = ring

    def blob(side):
        image = torch.zeros(1, 1, 41, 41)
        image[..., 20 - side // 2:21 + side // 2, 20 - side // 2:21 + side // 2] = 1
        return float(h(image)[1][0, 20, 20].detach())
    assert blob(1) < blob(5)


def test_descriptors_are_unit_rows_of_each_patch_alone():
    f = Descriptor(ModelConfig(widths=(8, 8, 8), hidden=16, dim=12)).eval()
    windows = torch.randn(2, 5, 1, PATCH, PATCH)
    rows = f(windows)
    assert rows.shape == (2, 5, 12)
    assert torch.allclose(rows.norm(dim=2), torch.ones(2, 5))
    assert torch.allclose(f(windows[1:, 3:4])[0, 0], rows[1, 3], atol=1e-6)
    assert functional.cosine_similarity(rows[0, 0], rows[0, 1], dim=0) < 1


def test_models_of_all_settings_run():
    for settings in ({'scales': 3}, {'scales': 1}, {'oriented': False}, {'blocks': 0}):
        config = dataclasses.replace(ModelConfig(channels=4, blocks=1), **settings)
        h = Detector(config).eval()
        assert len(h(torch.randn(1, 1, 33, 47))) == len(h.maps)


def expected_maps(images, h, config):
    """Scores, scale, (cosine, sine) from section 3.1: residual blocks, scales, equation 1."""
    layers = layers_of(h)
    first, *blocks, last = (layer for name, layer in layers.items()
                            if name.startswith('features.'))

    def activated(x, norm):
        return leaky(batch_norm(x, norm), 0.2)

    x = convolve(images, first)
    for norm, convolution, second_norm, second in zip(*[iter(blocks)] * 4, strict=True):
        inner = convolve(activated(x, norm), convolution)
        x = x + convolve(activated(inner, second_norm), second)
    x = activated(x, last)
    factors = config.largest_scale**torch.linspace(1, -1, config.scales)
    sharp = []
    for number, factor in enumerate(factors.tolist()):
        small = resize(x, [int(side / factor) for side in x.shape[2:]], [factor] * 2)
        # The instance normalisation is in the authors' code and not in the text.
        logits = plain_instance_norm(convolve(small, layers[f'scores.{number}']), 1e-3)
        sharp.append(to_size(share_of_square(config.nms_strength * logits, config.nms_side),
                             x.shape[2:]))
    sharp = torch.cat(sharp, 1)
    share = softmax(config.merge_strength * sharp, 1)
    scale = (share * factors.view(1, -1, 1, 1)).sum(1)
    return (share * sharp).sum(1), scale, unit(convolve(x, layers['orientation']), 1)


def share_of_square(logits, side):
    """Return the softmax of each place among those of the square around it, in the image."""
    around = functional.pad(logits, (side // 2,) * 4, value=-math.inf)
    around = around.unfold(2, side, 1).unfold(3, side, 1).flatten(4)
    return (logits - around.logsumexp(4)).exp()


def expected_rows(windows, f):
    """Descriptors from section 3.1: three convolutions of stride 2, then two full layers."""
    *convolutions, hidden, norm, last = layers_of(f).values()
    for convolution, behind in zip(*[iter(convolutions)] * 2, strict=True):
        windows = relu(batch_norm(convolve(windows, convolution, 2), behind))
    rows = relu(batch_norm(linear(windows.flatten(1), hidden), norm))
    return unit(linear(rows, last))


def test_h_gives_what_the_paper_s_layers_give():
    config = ModelConfig()
    h = randomise(Detector(config))
    images = torch.randn(2, 1, 36, 52)
    with torch.inference_mode():
        found, expected = h(images), expected_maps(images, h, config)
    torch.testing.assert_close(found[:2], expected[:2], rtol=1e-5, atol=1e-5)
    # Of a vector near zero the direction is less certain.
    torch.testing.assert_close(found[2], expected[2], rtol=0, atol=5e-4)


def test_f_gives_what_the_paper_s_layers_give():
    f = randomise(Descriptor(ModelConfig()))
    windows = torch.randn(7, 1, PATCH, PATCH)
    with torch.inference_mode():
        found, expected = f(windows[None])[0], expected_rows(windows, f)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
