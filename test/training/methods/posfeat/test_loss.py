# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch

from residual_features_ros import sampling
from residual_features_ros.errors import ConfigError
from training.geometry import epipolar_lines, sample
from training.methods.posfeat.config import SearchConfig
from training.methods.posfeat.loss import (
    Found,
    describe_terms,
    search,
    search_coarse_to_fine,
    spread_of,
    weighted_distances,
)
from training.methods.posfeat.search import unit_map

COARSE = SearchConfig(strategy='coarse', cell=8, window=0.25, temperature=5)
STILL = SearchConfig(jitter=(0, 0), window=0.25, line_samples=9, temperature=5)
SIZE = (64, 48)
SIDEWAYS = torch.tensor([[[0.0, 0, 0], [0, 0, -1], [0, 1, 0]]])  # F of a step along x: y stays


@pytest.fixture
def scene():
    """Return unit queries (1, 3, 8), a unit map (1, 8, 12, 16), and lines y = 11, x = 30, far."""
    torch.manual_seed(0)
    queries = torch.nn.functional.normalize(torch.randn(1, 3, 8), dim=2)
    lines = torch.tensor([[[0.0, 1, -11], [1, 0, -30], [0, 1, 100]]])
    return queries, unit_map(torch.randn(1, 8, 12, 16)), lines


def places_of(line):
    """Return the nine places along a line by hand."""
    share = np.linspace(0, 1, 9)[:, None]
    first, last = {0: ((0, 11), (63, 11)), 1: ((30, 0), (30, 47))}[line]
    return (1 - share) * first + share * np.array(last)


def by_hand(queries, dense, line):
    """Return coarse and expected place and variances, by the runtime's sampling, in loops."""
    query, array = queries[0, line].numpy(), dense[0].numpy()

    def probability(places):
        scores = np.array([5 * float(sampling.sample(array, np.float32([place]), 4)[0] @ query)
                           for place in places])
        return np.exp(scores) / np.exp(scores).sum()  # equations 1 and 4
    places = places_of(line)
    coarse = places[probability(places).argmax()]  # equation 2
    # An eighth of both sides about it, 4 by 3 places: equation 3 without its noise.
    window = [coarse + [x, y] for y in (-6, 0, 6) for x in np.linspace(-8, 8, 4)]
    chances = probability(window)
    expected = sum(p * place for p, place in zip(chances, window, strict=True))  # equation 5
    variance = sum(p * place**2 for p, place in zip(chances, window, strict=True)) - expected**2
    return coarse, expected, variance


def test_equations_1_to_5_and_8_by_hand(scene):
    found = search(*scene, 4, STILL)
    for line in (0, 1):
        coarse, expected, variance = by_hand(*scene[:2], line)
        assert found.coarse[0, line].numpy() == pytest.approx(coarse, abs=1e-4)
        assert found.expected[0, line].numpy() == pytest.approx(expected, abs=1e-3)
        # Equation 8: sigma = |E(y)^2 - E(y^2)|.
        assert found.spread[0, line].item() == pytest.approx(np.linalg.norm(variance), rel=1e-3)
    assert found.inside.tolist() == [[True, True, False]]  # M of equation 7


def test_equation_3_moves_the_window_by_noise_within_its_range(scene):
    def shift_of(low, high):
        config = SearchConfig(jitter=(low, high), window=0.25, line_samples=9, temperature=0)
        torch.manual_seed(0)
        queries, dense, lines = (each.repeat_interleave(200, 1) if each.ndim == 3 else each
                                 for each in scene)
        found = search(queries, dense, lines, 4, config)
        # Without a temperature the expected place is the window's centre.
        return (found.expected - found.coarse)[0, :200] / torch.tensor([8.0, 6.0])
    printed, coded = shift_of(0, 1), shift_of(-0.707, 0.707)
    assert printed.min() > 0 and printed.max() < 1 and printed.mean() == pytest.approx(0.5, abs=.1)
    assert 0.6 < coded.abs().max() < 0.7071 and coded.mean() == pytest.approx(0, abs=0.1)


def test_equations_6_and_7_by_hand():
    lines = torch.tensor([[[0.0, 1, -10], [0.6, 0.8, 0], [1, 0, 0], [1, 0, 0]]])
    expected = torch.tensor([[[3.0, 12], [5, 5], [4, 0], [9, 9]]])  # 2, 7, 4 and 9 px away
    found = Found(expected, torch.tensor([[2.0, 4, 8, 1]]),
                  torch.tensor([[True, True, True, False]]), expected)
    above, below = weighted_distances(found, lines, torch.tensor([[True, True, False, True]]))
    assert above.item() == pytest.approx(2 / 2 + 7 / 4) and below.item() == pytest.approx(0.75)


def test_equation_8_as_printed_and_as_coded():
    variance = torch.tensor([[[9.0, 16.0]]])
    assert spread_of(variance, 'variance').item() == pytest.approx(np.hypot(9, 16))
    assert spread_of(variance, 'deviation').item() == pytest.approx(3 + 4)
    with pytest.raises(ConfigError, match='variance'):
        spread_of(variance, 'std')


def test_the_weight_1_over_sigma_has_no_gradient(scene):
    queries, dense, lines = scene
    found = search(queries, dense.requires_grad_(), lines, 4, STILL)
    assert found.spread.requires_grad
    above, below = weighted_distances(found, lines, torch.ones(1, 3, dtype=torch.bool))
    assert not below.requires_grad
    gradient, = torch.autograd.grad(above / below, dense)
    fixed = Found(found.expected, found.spread.detach(), found.inside, found.coarse)
    again, same = weighted_distances(fixed, lines, torch.ones(1, 3, dtype=torch.bool))
    assert same == below and again == above and gradient.abs().max() > 0


def test_the_line_gives_no_gradient_and_the_window_gives_it_to_its_cells_alone(scene):
    queries, dense, lines = scene
    found = search(queries[:, :1], dense.requires_grad_(), lines[:, :1], 4, STILL)
    assert not found.coarse.requires_grad
    gradient, = torch.autograd.grad(found.expected.sum(), dense)
    touched = gradient.abs().amax(1)[0].nonzero().float() * 4 + 1.5  # row, column to pixels
    away = (touched.flip(1) - found.coarse[0, 0]).abs()
    assert len(touched) and (away <= torch.tensor([8.0, 6.0]) + 4).all()


def test_features_that_are_all_the_same_do_not_minimise_the_loss():
    """Why equation 3 has noise: without it the window's centre lies on the line."""
    torch.manual_seed(0)
    same = torch.ones(1, 2, 8, 12, 16)
    queries = torch.rand(1, 2, 20, 2) * torch.tensor([30.0, 20.0]) + 15
    valid = torch.ones(1, 2, 20, dtype=torch.bool)

    def loss(jitter):
        above, below = describe_terms(same, queries, valid, SIDEWAYS, 4,
                                      SearchConfig(jitter=jitter, window=0.25))
        return float(above / below)
    assert loss((0, 0)) == pytest.approx(0, abs=1e-3)
    assert loss((0, 1)) > 1.5 and loss((-0.707, 0.707)) > 1


def test_both_directions_count_and_the_way_back_takes_f_transposed():
    torch.manual_seed(0)
    dense, F = torch.randn(2, 2, 8, 12, 16), torch.randn(2, 3, 3)
    queries = torch.rand(2, 2, 9, 2) * 40
    valid = torch.rand(2, 2, 9) < 0.8
    there = describe_terms(dense, queries, valid, F, 4, STILL)
    back = describe_terms(dense.flip(1), queries.flip(1), valid.flip(1), F.mT, 4, STILL)
    assert torch.allclose(torch.stack(there), torch.stack(back), rtol=1e-4)
    one_way = describe_terms(dense, queries, valid * torch.tensor([[[True], [False]]]), F, 4,
                             STILL)
    assert 0 < one_way[1] < there[1]


def test_descriptors_of_one_pair_are_learned():
    """A step along x: after it y alone is known, and x is found."""
    torch.manual_seed(0)
    scene = torch.nn.functional.avg_pool2d(torch.randn(1, 8, 14, 22), 3, 1)  # (1, 8, 12, 20)
    inputs = torch.cat([scene[..., 2:18], scene[..., :16]])  # the second sees it 2 cells further
    net = torch.nn.Conv2d(8, 8, 3, padding=1)
    optimiser = torch.optim.Adam(net.parameters(), 2e-2)
    y, x = torch.meshgrid(torch.arange(12., 40, 8), torch.arange(16., 50, 8), indexing='ij')
    queries = torch.stack([x, y], 2).flatten(0, 1).expand(1, 2, -1, 2)
    valid = torch.ones(queries.shape[:3], dtype=torch.bool)
    config = SearchConfig(jitter=(-0.7, 0.7), window=0.4, temperature=20, spread='deviation')
    losses = []
    for _ in range(30):
        above, below = describe_terms(net(inputs)[None], queries, valid, SIDEWAYS, 4, config)
        losses.append(above / below)
        optimiser.zero_grad()
        losses[-1].backward()
        optimiser.step()
    assert sum(losses[-10:]) < 0.6 * sum(losses[:10])


def test_the_coarse_search_by_hand(scene):
    queries, dense, _ = scene
    window, whole = search_coarse_to_fine(*scene, 4, COARSE)
    array = dense[0].numpy()

    def expected(places, query):
        scores = [5 * float(sampling.sample(array, np.float32([place]), 4)[0] @ query)
                  for place in places]
        chances = np.exp(scores) / np.exp(scores).sum()
        mean = sum(p * place for p, place in zip(chances, places, strict=True))
        return mean, sum(p * place**2 for p, place in zip(chances, places, strict=True)) - mean**2

    cells = [np.array([x, y]) for y in np.arange(3.5, 48, 8) for x in np.arange(3.5, 64, 8)]
    for number, query in enumerate(queries[0].numpy()):
        place, variance = expected(cells, query)
        assert whole.expected[0, number].numpy() == pytest.approx(place, abs=1e-3)
        assert whole.spread[0, number].item() == pytest.approx(np.linalg.norm(variance), rel=1e-3)
        around = [place + [x, y] for y in (-6, 0, 6) for x in np.linspace(-8, 8, 4)]
        place, variance = expected(around, query)
        assert window.expected[0, number].numpy() == pytest.approx(place, abs=1e-3)
        assert window.spread[0, number].item() == pytest.approx(np.linalg.norm(variance), rel=1e-3)
    assert torch.equal(window.coarse, whole.expected)
    # M of equation 7: the third line does not cross the view.
    assert window.inside.tolist() == whole.inside.tolist() == [[True, True, False]]


def test_the_coarse_search_gives_gradients_to_the_whole_view_and_not_through_the_windows(scene):
    queries, dense, lines = scene
    window, whole = search_coarse_to_fine(queries, dense.requires_grad_(), lines, 4, COARSE)
    everywhere, = torch.autograd.grad(whole.expected.sum(), dense, retain_graph=True)
    assert (everywhere.abs().amax(1) > 0).all()
    assert not window.coarse.requires_grad
    near, = torch.autograd.grad(window.expected[:, :1].sum(), dense)
    touched = near.abs().amax(1)[0].nonzero().float() * 4 + 1.5  # row, column to pixels
    away = (touched.flip(1) - window.coarse[0, 0]).abs()
    assert len(touched) and (away <= torch.tensor([8.0, 6.0]) + 4).all()


def test_places_far_from_their_line_do_not_count():
    lines = torch.tensor([[[0.0, 1, 0], [0, 1, 0]]])
    place = torch.tensor([[[3.0, 4], [3, 6]]])
    found = Found(place, torch.ones(1, 2), torch.ones(1, 2, dtype=torch.bool), place)
    valid = torch.ones(1, 2, dtype=torch.bool)
    assert [float(part) for part in weighted_distances(found, lines, valid, 5)] == [4, 1]
    assert [float(part) for part in weighted_distances(found, lines, valid)] == [10, 2]


def test_both_levels_of_the_coarse_search_are_weighted_means():
    torch.manual_seed(0)
    dense, valid = torch.randn(1, 2, 8, 12, 16), torch.ones(1, 2, 9, dtype=torch.bool)
    queries = torch.rand(1, 2, 9, 2) * 40

    def loss(weight, strategy='coarse'):
        config = SearchConfig(strategy=strategy, cell=8, window=0.25, temperature=5,
                              whole_view=weight)
        above, below = describe_terms(dense, queries, valid, SIDEWAYS, 4, config)
        return (above / below).item()
    sums = torch.zeros(2, 2)
    farthest = 4.8, 24  # px: a tenth and a half of the shorter side
    for one, F in ((0, SIDEWAYS), (1, SIDEWAYS.mT)):
        rows = torch.nn.functional.normalize(
            sample(dense[:, one], queries[:, one], 4), dim=2)
        lines = epipolar_lines(queries[:, one], F)
        levels = search_coarse_to_fine(rows, unit_map(dense[:, 1 - one]), lines, 4, COARSE)
        sums += torch.stack([torch.stack(weighted_distances(found, lines, valid[:, one], px))
                             for found, px in zip(levels, farthest, strict=True)])
    window, whole = (sums[:, 0] / sums[:, 1]).tolist()
    assert window > 0 and whole > 0
    assert loss(0.0) == pytest.approx(window, rel=1e-4)
    assert loss(2.0) == pytest.approx(window + 2 * whole, rel=1e-4)
    assert loss(0.0, 'line') != pytest.approx(window, rel=0.01)
