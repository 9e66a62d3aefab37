# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Optimisers and schedules by the names in config.OptimConfig."""
from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from residual_features_ros.errors import unknown
from training.config import OptimConfig

OPTIMISERS = ('adam', 'adamw', 'sgd')
SCHEDULES = ('constant', 'cosine', 'exponential')


def check_names(optim: OptimConfig) -> None:
    """Raise ConfigError for an unknown optimiser or schedule."""
    if optim.optimiser not in OPTIMISERS:
        raise unknown('optimiser', optim.optimiser, OPTIMISERS)
    if optim.schedule not in SCHEDULES:
        raise unknown('schedule', optim.schedule, SCHEDULES)


def make_optimiser(parameters: Sequence[nn.Parameter],
                   optim: OptimConfig) -> torch.optim.Optimizer:
    """Return the optimiser of a stage over what it trains."""
    if optim.optimiser == 'sgd':
        return torch.optim.SGD(parameters, lr=optim.lr, weight_decay=optim.weight_decay,
                               momentum=optim.momentum, nesterov=True)
    kind = {'adam': torch.optim.Adam, 'adamw': torch.optim.AdamW}[optim.optimiser]
    return kind(parameters, lr=optim.lr, weight_decay=optim.weight_decay)


def learning_rate(optim: OptimConfig, step: int) -> float:
    """Return the rate of a step: linear warm-up, then as optim.schedule says."""
    rate = optim.lr * min(1.0, (step + 1) / max(optim.warmup_steps, 1))
    if optim.schedule == 'cosine':
        progress = min(step / max(optim.steps, 1), 1.0)
        return rate * 0.5 * (1 + math.cos(math.pi * progress))
    if optim.schedule == 'exponential':
        return rate * optim.decay ** (max(step - optim.decay_from, 0) / optim.decay_every)
    return rate


def take_step(optimiser: torch.optim.Optimizer, parameters: Sequence[nn.Parameter],
              optim: OptimConfig, step: int) -> None:
    """Change the parameters by their gradients, which are clipped first where optim says so."""
    for group in optimiser.param_groups:
        group['lr'] = learning_rate(optim, step)
    if optim.clip_norm:
        nn.utils.clip_grad_norm_(parameters, optim.clip_norm)
    optimiser.step()
