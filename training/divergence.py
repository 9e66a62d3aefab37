# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A run that cannot learn ends before that reaches a checkpoint."""
from __future__ import annotations

import math

import torch
from torch import nn

REMEDY = ('try a smaller optim.lr or an optim.clip_norm, with --restart or a new --out, or '
          'precision=fp32 to go on')


class DivergedError(RuntimeError):
    """A loss or weights that are not finite, or no loss; names the step and what is kept."""


def check_loss(loss: float, stage: str, step: int, kept: str) -> None:
    """Raise DivergedError for a loss of step `step` that is not finite."""
    if not math.isfinite(loss):
        raise DivergedError(f'step {step} of stage {stage}: the loss is {loss}; {kept}; {REMEDY}')


def check_weights(model: nn.Module, stage: str, step: int, loss: float, kept: str) -> None:
    """Raise DivergedError for weights that are not finite behind step `step`."""
    bad = next((name for name, value in model.state_dict().items()
                if value.is_floating_point() and not bool(torch.isfinite(value).all())), '')
    if bad:
        raise DivergedError(f'step {step} of stage {stage}: {bad} is not finite, after a loss of '
                            f'{loss:.4g}; {kept}; {REMEDY}')


def check_learned(learned: bool, stage: str, step: int) -> None:
    """Raise DivergedError where no step so far had anything to learn from."""
    if not learned:
        raise DivergedError(f'stage {stage}: up to step {step} no pair had keypoints that '
                            'correspond, nothing was learned; are data.images photographs, and '
                            'data.keypoints and data.size large enough?')
