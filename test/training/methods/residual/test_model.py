# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch
from support.plain_layers import (
    at_points,
    batch_norm,
    convolve,
    layers_of,
    linear,
    paired,
    randomise,
    relu,
    unit,
)
from torch.nn import functional

from residual_features_ros.errors import ConfigError
from residual_features_ros.network import prepare
from residual_features_ros.sampling import sample as numpy_sample
from training.geometry import sample
from training.methods.residual.config import ModelConfig
from training.methods.residual.model import FUSIONS, ResidualNetwork, to_input
from training.methods.residual.recipe import MEAN, STD

RNG = np.random.default_rng(0)
NO_WINDOWS = torch.zeros(1, 7, 0, 12, 12)


def test_torch_and_numpy_sample_alike():
    dense = RNG.standard_normal((5, 6, 9)).astype(np.float32)
    points = RNG.uniform(-20, 100, (200, 2)).astype(np.float32)
    found = sample(torch.from_numpy(dense)[None], torch.from_numpy(points)[None], 8)[0]
    np.testing.assert_allclose(found.numpy(), numpy_sample(dense, points, 8), atol=1e-4)


def test_trainer_and_runtime_prepare_images_alike(tmp_path):
    from residual_features_ros.model_card import load_card
    image = RNG.integers(0, 256, (48, 64, 3), np.uint8)
    card = load_card('residual_rootsift_small')
    found = to_input(torch.from_numpy(image)[None], card.mean, card.std)
    np.testing.assert_allclose(found.numpy(), prepare([image], card), atol=1e-5)


@pytest.mark.parametrize('backbone', ['full', 'small'])
@pytest.mark.parametrize('fusion', ['paper', 'residual', 'windows'])
@pytest.mark.parametrize('dim', [64, 128])
def test_shapes_and_norms(backbone, fusion, dim):
    network = ResidualNetwork(ModelConfig(backbone, fusion, handcrafted_dim=dim)).eval()
    images = to_input(torch.zeros(2, 32, 48, 3, dtype=torch.uint8), MEAN, STD)
    assert network.h(images).shape == (2, 128, 4, 6)
    rows = network(images, torch.rand(2, 7, 4) * 30, torch.rand(2, 7, dim),
                   torch.rand(2, 7, 4, 12, 12))
    assert rows.shape == (2, 7, 256) and network.f.dim == 256
    assert torch.allclose(rows.norm(dim=2), torch.ones(2, 7), atol=1e-5)


def test_without_fusion_the_descriptor_is_hs_at_the_keypoint():
    network = ResidualNetwork(ModelConfig('small', 'none', dense_dim=256)).eval()
    images, keypoints = torch.rand(1, 3, 32, 48), torch.rand(1, 7, 4) * 30
    rows = network(images, keypoints, torch.rand(1, 7, 128), NO_WINDOWS)[0].detach().numpy()
    read = numpy_sample(network.h(images)[0].detach().numpy(), keypoints[0, :, :2].numpy(), 8)
    assert rows.shape == (7, network.f.dim) == (7, 256)
    np.testing.assert_allclose(rows, read / np.linalg.norm(read, axis=1, keepdims=True), atol=1e-5)


def test_a_fusion_gets_what_it_names_and_h_is_made_where_it_reads_the_map(monkeypatch):
    class Mean(torch.nn.Module):
        inputs = ('handcrafted',)
        dim = 4

        def __init__(self, config):
            super().__init__()

        def forward(self, handcrafted):
            return handcrafted[..., :4] + 1

    monkeypatch.setitem(FUSIONS, 'mean', Mean)
    network = ResidualNetwork(ModelConfig(fusion='mean'))
    assert network.h is None and network.see(torch.rand(1, 3, 8, 8)) is None
    rows = network(torch.rand(1, 3, 8, 8), torch.ones(1, 2, 4), torch.full((1, 2, 128), 0.5),
                   NO_WINDOWS)
    assert torch.equal(rows, torch.full((1, 2, 4), 1.5))


def test_the_full_network_is_the_papers_trimmed_superpoint():
    parameters = sum(p.numel() for p in ResidualNetwork(ModelConfig('full')).h.parameters())
    superpoint_encoder = 628_032  # one input channel; RGB adds 2 x 9 x 64 weights
    head = 128 * 256 * 9 + 256 + 256 * 128 + 128
    assert parameters == superpoint_encoder + 2 * 9 * 64 + head


def test_residual_fusion_starts_at_the_handcrafted_descriptor():
    fusion = ResidualNetwork(ModelConfig()).f
    rows = torch.nn.functional.normalize(torch.rand(1, 5, 128), dim=2)
    fused = fusion(torch.randn(1, 5, 128), rows)
    half = fused[..., :128] / fused[..., :128].norm(dim=2, keepdim=True)
    assert torch.allclose(half, rows, atol=1e-5)


def test_windows_alone_need_no_h():
    network = ResidualNetwork(ModelConfig(fusion='windows_alone', dim=128))
    rows = network(torch.rand(1, 3, 8, 8), torch.ones(1, 5, 4), torch.rand(1, 5, 128),
                   torch.rand(1, 5, 4, 12, 12))
    assert network.h is None and rows.shape == (1, 5, 128)


def test_the_fusion_with_windows_needs_an_h_of_their_width():
    with pytest.raises(ConfigError, match='dense_dim=128, got 64'):
        ResidualNetwork(ModelConfig(fusion='windows', dense_dim=64))


def test_unknown_parts_list_the_known_ones():
    with pytest.raises(ConfigError, match='full, half, small'):
        ResidualNetwork(ModelConfig(backbone='tiny'))
    with pytest.raises(ConfigError, match='none, paper, residual, windows'):
        ResidualNetwork(ModelConfig(fusion='sum'))


def expected_map(images, h, strides, pooled):
    """h from section 3.2 and figure 2: 3x3 convolutions and ReLUs, then 1x1 without.

    Between them is BatchNorm, where h has it.

    strides: of each convolution. pooled: numbers of those behind which a maximum pooling follows.
    """
    *hidden, last = paired(h)
    for number, ((layer, norm), stride) in enumerate(zip(hidden, strides, strict=True), 1):
        images = convolve(images, layer, stride)
        images = relu(batch_norm(images, norm) if norm else images)
        if number in pooled:
            images = functional.max_pool2d(images, 2)
    return convolve(images, last[0])


def expected_rows(f, fusion, sampled, handcrafted, windows):
    """f from section 3.2, and the fusions that are not the paper's."""
    layers = layers_of(f)

    def perceptron(rows, *names):
        for name in names[:-1]:
            rows = relu(linear(rows, layers[name]))
        return linear(rows, layers[names[-1]])

    if fusion == 'none':
        return unit(sampled)
    refined = perceptron(handcrafted, 'refine.hidden_1', 'refine.hidden_2', 'refine.out')
    if fusion == 'paper':
        return unit(torch.cat([unit(refined), unit(sampled)], 2))
    lifted = linear(handcrafted, layers['lift']) if 'lift' in layers else handcrafted
    learned = unit(sampled)
    if fusion in ('windows', 'windows_alone'):
        parts = [unit(perceptron(seen.flatten(2), f'{name}.hidden', f'{name}.out'))
                 for name, seen in (('turned', windows[:, :, :2]), ('upright', windows[:, :, 2:]))]
        parts += [learned] if fusion == 'windows' else []
        mixed = sum(weight * part for weight, part in zip(layers['']['mix'], parts, strict=True))
        learned = unit(mixed + perceptron(torch.cat([lifted, *parts], 2),
                                          'joint.hidden', 'joint.out'))
    return unit(torch.cat([unit(lifted + refined), layers['']['weight'] * learned], 2))


@pytest.mark.parametrize(('backbone', 'strides', 'pooled'), [
    ('full', [1] * 9, (2, 4, 6)), ('half', [1] * 5, (1, 3, 4)),
    ('small', [2, 2, 1, 2, 1, 1, 1], ())])
@pytest.mark.parametrize('norm', [False, True])
def test_h_gives_what_the_paper_s_layers_give(backbone, strides, pooled, norm):
    h = randomise(ResidualNetwork(ModelConfig(backbone, batch_norm=norm)).h)
    assert sum(isinstance(layer, torch.nn.BatchNorm2d) for layer in h) == norm * len(strides)
    images = torch.randn(2, 3, 32, 48)
    with torch.inference_mode():
        found, expected = h(images), expected_map(images, h, strides, pooled)
    assert found.std() > 0.1
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('fusion', FUSIONS)
@pytest.mark.parametrize('dim', [64, 128])
def test_f_gives_what_its_formula_gives(fusion, dim):
    network = randomise(ResidualNetwork(ModelConfig(fusion=fusion, handcrafted_dim=dim)))
    dense, points = torch.randn(1, 128, 4, 6), torch.rand(1, 7, 2) * 48 - 4
    handcrafted, windows = torch.randn(1, 7, dim), torch.randn(1, 7, 4, 12, 12)
    keypoints = torch.cat([points, torch.rand(1, 7, 2)], 2)
    with torch.inference_mode():
        found = network.describe(dense, keypoints, handcrafted, windows)
        expected = expected_rows(network.f, fusion, at_points(dense, points, 8), handcrafted,
                                 windows)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_both_halves_of_the_papers_fusion_weigh_the_same():
    f = ResidualNetwork(ModelConfig(fusion='paper')).f
    sampled, handcrafted = torch.randn(1, 9, 128), unit(torch.rand(1, 9, 128))
    rows = f(1e3 * sampled, handcrafted)
    torch.testing.assert_close(rows.unflatten(2, (2, 128)).norm(dim=3),
                               torch.full((1, 9, 2), 0.5**0.5))
    torch.testing.assert_close(f(sampled, handcrafted), rows)


def test_h_sees_images_of_a_quarter_of_the_size():
    whole, quarter = (ResidualNetwork(ModelConfig(fusion='paper', shrink=shrink))
                      for shrink in (1, 4))
    quarter.load_state_dict(whole.state_dict())
    images = torch.rand(2, 3, 128, 192)
    small = functional.interpolate(images, scale_factor=1 / 4, mode='area')
    torch.testing.assert_close(quarter.see(images), whole.see(small))
    assert quarter.see(images).shape == (2, 128, 4, 6)
    # The place of a keypoint is that of the whole image.
    keypoints = torch.rand(2, 5, 4) * 100
    moved = torch.cat([(keypoints[..., :2] + 0.5) / 4 - 0.5, keypoints[..., 2:]], 2)
    rows, windows = torch.rand(2, 5, 128), torch.zeros(2, 5, 0, 12, 12)
    torch.testing.assert_close(quarter(images, keypoints, rows, windows),
                               whole(small, moved, rows, windows))


@pytest.mark.parametrize('dim', [64, 128])
def test_a_shorter_descriptor_starts_as_the_sum_of_both_halves(dim):
    f = ResidualNetwork(ModelConfig(dim=dim)).f
    handcrafted = unit(torch.randn(1, 9, 128))
    refined, learned = f.project.weight.split(128, 1)
    identity = torch.eye(128) if dim == 128 else refined
    torch.testing.assert_close(refined, identity)
    torch.testing.assert_close(learned @ learned.T, torch.eye(dim), rtol=0, atol=1e-5)
    rows = f.join(handcrafted, torch.randn(1, 9, 128))
    assert rows.shape == (1, 9, dim) and f.dim == dim
    torch.testing.assert_close(rows.norm(dim=2), torch.ones(1, 9))
    f.weight.data.zero_()
    alone = f.join(handcrafted, torch.randn(1, 9, 128))
    torch.testing.assert_close(alone, unit(handcrafted @ identity.T))
