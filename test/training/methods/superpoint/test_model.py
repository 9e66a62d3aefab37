# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from support.plain_layers import (
    batch_norm,
    cells_to_pixels,
    convolve,
    paired,
    randomise,
    relu,
    softmax,
)
from torch.nn import functional

from training.methods.superpoint.config import ModelConfig
from training.methods.superpoint.model import SuperPointNetwork, as_input, scores_of
from training.methods.superpoint.recipe import SMALL


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_network_has_the_papers_parameters():
    network = SuperPointNetwork(ModelConfig())
    assert count(network.encoder) == 628_032
    assert count(network.detector) == 311_873
    assert count(network.descriptor) == 360_960


@pytest.mark.parametrize('config', [ModelConfig(), SMALL], ids=['paper', 'small'])
def test_maps_have_the_images_and_the_cells_shape(config):
    network = SuperPointNetwork(config).eval()
    with torch.inference_mode():
        scores, dense = network(torch.rand(2, 1, 48, 64))
    assert scores.shape == (2, 48, 64) and dense.shape == (2, config.dim, 6, 8)
    assert (scores > 0).all() and scores.reshape(2, 6, 8, 8, 8).sum((2, 4)).max() < 1


def test_bin_k_of_a_cell_is_its_pixel_k_in_rows_and_the_dustbin_is_none():
    logits = torch.full((1, 65, 2, 3), -50.0)
    logits[0, 64] = 0
    logits[0, 8 * 3 + 5, 1, 2] = 50  # row 3, column 5 of the cell in row 1, column 2
    scores = scores_of(logits)[0]
    assert scores.shape == (16, 24)
    assert torch.nonzero(scores > 0.5).tolist() == [[8 + 3, 16 + 5]]
    assert scores[11, 21].item() == pytest.approx(1) and scores.sum().item() == pytest.approx(1)


def test_the_input_is_grey_between_0_and_1():
    blob = as_input(torch.tensor([[[0, 51], [102, 255]]], dtype=torch.uint8))
    torch.testing.assert_close(blob, torch.tensor([[[[0, 0.2], [0.4, 1]]]]))


def test_random_weights_keep_the_variance_of_the_image_alive():
    torch.manual_seed(0)
    network = SuperPointNetwork(ModelConfig())
    with torch.inference_mode():
        _, dense = network(torch.rand(1, 1, 64, 64))
    assert 0.05 < dense.std() < 20


def expected_maps(images, network):
    """Scores and descriptors from section 3: eight convolutions, three poolings, two heads."""
    def activated(x, convolution, norm):
        x = convolve(x, convolution)
        return relu(batch_norm(x, norm) if norm else x)

    for number, layers in enumerate(paired(network.encoder), 1):
        images = activated(images, *layers)
        if number in (2, 4, 6):
            images = functional.max_pool2d(images, 2)
    logits, dense = (convolve(activated(images, *hidden), last)
                     for hidden, (last, _) in map(paired, (network.detector, network.descriptor)))
    return cells_to_pixels(softmax(logits, 1)[:, :64]), dense  # the 65th is the dustbin


@pytest.mark.parametrize('config', [ModelConfig(), SMALL], ids=['paper', 'small'])
def test_h_gives_what_the_paper_s_layers_give(config):
    network = randomise(SuperPointNetwork(config))
    images = torch.rand(2, 1, 32, 48)
    with torch.inference_mode():
        found, expected = network(images), expected_maps(images, network)
    assert found[1].std() > 0.1
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
