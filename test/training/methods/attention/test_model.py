# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from torch.nn import functional

from training.methods.attention.config import ModelConfig
from training.methods.attention.model import NOTHING, AttentionNetwork, Judge, probabilities

CONFIG = ModelConfig(width=16, layers=2, heads=2, hidden=24, frequencies=3, dim=8)


@pytest.fixture
def network():
    """Return a network whose every weight has a say; what projects states is symmetric."""
    torch.manual_seed(0)
    network = AttentionNetwork(CONFIG).double().eval()
    weight = torch.randn(16, 16).double() / 4
    network.project.weight.data = weight + weight.T
    return network


def image(count, seed):
    """Return frames and descriptors of keypoints."""
    generator = torch.Generator().manual_seed(seed)
    frames = 2 * torch.rand(count, 5, generator=generator).double() - 1
    rows = torch.randn(count, CONFIG.dim, generator=generator).double()
    return frames, functional.normalize(rows, dim=-1)


FIRST, SECOND = image(9, 1), image(12, 2)
SEEDS = torch.tensor([[0.9], [0.7], [0.2]]).double()


def close(found, expected):
    return torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


def padded(image, count):
    """Return frames and descriptors with `count` rows more, which are no keypoints."""
    return tuple(functional.pad(rows, (0, 0, 0, count), value=0.3) for rows in image)


def test_shapes_and_encoding(network):
    logits, first, second = network(FIRST, SECOND, SEEDS)
    assert (logits.shape, first.shape, second.shape) == ((9, 12), (9,), (12,))
    encoded = network.encode(torch.tensor([[0.5, -1.0, 0.1, 0.2, 0.3]]).double())
    assert encoded.shape == (1, 4 * 3 + 5)
    # Angular frequencies pi/2, 2 pi and 8 pi; of x, then of y.
    assert (network.frequencies / torch.pi).tolist() == pytest.approx([0.5, 2, 8])
    assert encoded[0, :6].tolist() == pytest.approx([0.5**0.5, 0, 0, -1, 0, 0], abs=1e-5)
    assert encoded[0, 12:].tolist() == pytest.approx([0.5, -1.0, 0.1, 0.2, 0.3])


def test_exchanged_images_give_the_transposed(network):
    there, back = network(FIRST, SECOND, SEEDS), network(SECOND, FIRST, SEEDS)
    close(there[0], back[0].T)
    close(there[1], back[2])
    close(there[2], back[1])


def test_rows_that_are_no_keypoints_change_nothing(network):
    plain = network(FIRST, SECOND, SEEDS)
    hidden = torch.full((11, 15), NOTHING).double()
    hidden[:9, :12] = 0
    logits, first, second = network(padded(FIRST, 2), padded(SECOND, 3), SEEDS, hidden)
    close(logits[:9, :12], plain[0])
    close(first[:9], plain[1])
    close(second[:12], plain[2])
    found = probabilities(logits, first, second)
    close(found[:9, :12], probabilities(*plain))


def test_seeds_that_are_none_change_nothing(network):
    more = torch.cat([SEEDS, torch.full((2, 1), -1.0).double()])
    for found, expected in zip(network(FIRST, SECOND, more), network(FIRST, SECOND, SEEDS),
                               strict=True):
        close(found, expected)
    other = network(FIRST, SECOND, SEEDS * 0.5)[0]
    assert not torch.allclose(other, network(FIRST, SECOND, SEEDS)[0])


def test_a_batch_is_its_pairs_side_by_side(network):
    others = image(9, 3), image(12, 4)
    batch = [tuple(torch.stack(rows) for rows in zip(one, other, strict=True))
             for one, other in zip((FIRST, SECOND), others, strict=True)]
    found = network(*batch, torch.stack([SEEDS, SEEDS / 2]))
    for number, expected in enumerate((network(FIRST, SECOND, SEEDS),
                                       network(*others, SEEDS / 2))):
        for some, one in zip(found, expected, strict=True):
            close(some[number], one)


def test_keypoints_have_no_order_but_that_of_the_seeds(network):
    order = torch.cat([torch.arange(3), 3 + torch.randperm(9)])
    logits, first, second = network(FIRST, tuple(rows[order] for rows in SECOND), SEEDS)
    expected = network(FIRST, SECOND, SEEDS)
    close(logits, expected[0][:, order])
    close(first, expected[1])
    close(second, expected[2][order])


def test_before_training_matches_are_those_of_the_descriptors():
    torch.manual_seed(0)
    network = AttentionNetwork(CONFIG).double().eval()
    logits, *_ = network(FIRST, SECOND, SEEDS)
    close(logits, 15 * FIRST[1] @ SECOND[1].T)
    close(Judge(network)(*FIRST, *SECOND, SEEDS),
          probabilities(*network(FIRST, SECOND, SEEDS)))


def test_probabilities_by_hand():
    logits = torch.log(torch.tensor([[1.0, 3], [2, 2]]))
    found = probabilities(logits, torch.tensor([0.0, 40]), torch.tensor([40.0, 0]))
    # Shares of row times shares of column, times 1/2 where a keypoint may well have no partner.
    torch.testing.assert_close(found, torch.tensor([
        [1 / 4 * 1 / 3 / 2, 3 / 4 * 3 / 5 / 4], [1 / 2 * 2 / 3, 1 / 2 * 2 / 5 / 2]]))
