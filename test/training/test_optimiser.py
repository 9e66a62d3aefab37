# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from residual_features_ros.errors import ConfigError
from training.config import OptimConfig
from training.methods.residual.recipe import create
from training.optimiser import OPTIMISERS, check_names, learning_rate, make_optimiser, take_step

METHOD = 'residual_rootsift_small'


def stepped(*, gradient, steps=1, **settings):
    """Return how far one parameter travels."""
    optim = OptimConfig(**{'lr': 0.1, 'schedule': 'constant', 'warmup_steps': 0, **settings})
    parameter = torch.nn.Parameter(torch.tensor([1.0, 0.0]))
    optimiser = make_optimiser([parameter], optim)
    for step in range(steps):
        parameter.grad = torch.tensor(gradient)
        take_step(optimiser, [parameter], optim, step)
    return (torch.tensor([1.0, 0.0]) - parameter.detach()).tolist()


def test_nesterov_by_hand():
    # v = g, then 0.9 g + g; each step is lr (g + 0.9 v).
    first, second = 0.1 * (2 + 0.9 * 2), 0.1 * (2 + 0.9 * 3.8)
    assert stepped(gradient=[2.0, 0.0], optimiser='sgd')[0] == pytest.approx(first)
    assert stepped(gradient=[2.0, 0.0], steps=2, optimiser='sgd')[0] == pytest.approx(
        first + second)


def test_adam_moves_by_its_rate_and_adamw_decays_the_weight_itself():
    for name in ('adam', 'adamw'):
        assert stepped(gradient=[3.0, 0.0], optimiser=name)[0] == pytest.approx(0.1)
    decayed = stepped(gradient=[3.0, 0.0], optimiser='adamw', weight_decay=0.5)
    assert decayed[0] == pytest.approx(0.1 + 0.1 * 0.5)


def test_gradients_are_clipped_together():
    moved = stepped(gradient=[30.0, 40.0], optimiser='sgd', momentum=1e-9, clip_norm=1.0)
    assert moved == pytest.approx([0.06, 0.08])


def test_the_exponential_schedule_begins_where_it_is_told():
    optim = OptimConfig(lr=1.0, schedule='exponential', warmup_steps=0, decay=0.5, decay_every=10,
                        decay_from=100)
    assert [learning_rate(optim, step) for step in (0, 100, 105, 120)] == pytest.approx(
        [1, 1, 0.5**0.5, 0.25])


def test_unknown_names_list_the_known_ones():
    with pytest.raises(ConfigError, match=', '.join(OPTIMISERS)):
        check_names(OptimConfig(optimiser='adamx'))
    with pytest.raises(ConfigError, match='constant, cosine, exponential'):
        check_names(OptimConfig(schedule='step'))


def test_learning_rate_schedules():
    optim = create(METHOD).optim
    assert learning_rate(optim, 0) == pytest.approx(optim.lr / optim.warmup_steps, rel=1e-3)
    assert learning_rate(optim, optim.steps // 2) == pytest.approx(optim.lr / 2)
    assert learning_rate(optim, optim.steps) == pytest.approx(0)
    paper = create(METHOD, 'paper').optim
    assert learning_rate(paper, 99) == learning_rate(paper, 50_000) == 1e-3
