# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The loss of the attention matcher: who is whose partner, and who has one."""
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.methods.attention.config import LossConfig

FAR = 1e6  # pixels to what is hidden


@dataclass(frozen=True)
class Truth:
    """What is right of a batch.

    pairs: (B, N, M) bool, each row and column has at most one.
    alone: (B, N), (B, M) bool: who certainly has no partner.
    """

    pairs: Tensor
    alone: tuple[Tensor, Tensor]


def truth_of(batch: dict[str, Tensor], config: LossConfig) -> Truth:
    """Return who is whose partner.

    Args:
        batch: data.SeededPairs' arrays with a leading B.
        config: distances in pixels.
    """
    keypoints, places, valid = batch['keypoints'], batch['places'], batch['valid']
    forth = apart(places[:, 0], keypoints[:, 1, :, :2])  # (B, N, M)
    back = apart(places[:, 1], keypoints[:, 0, :, :2]).transpose(1, 2)
    real = valid[:, 0, :, None] & valid[:, 1, None, :]
    distance = torch.maximum(forth, back).masked_fill(~real, FAR)
    near = distance < config.right_px
    octaves = (keypoints[:, 0, :, None, 2].clamp_min(1e-3).log2()
               - keypoints[:, 1, None, :, 2].clamp_min(1e-3).log2())
    usual = torch.stack([some[right].median() if right.any() else some.new_zeros(())
                         for some, right in zip(octaves, near, strict=True)])
    cost = distance + config.octave_px * (octaves - usual[:, None, None]).abs()
    cost = cost.masked_fill(~near, FAR)
    pairs = near & least(cost, 2) & least(cost, 1)
    nearest = torch.minimum(forth, back).masked_fill(~real, FAR)
    return Truth(pairs, (valid[:, 0] & (nearest.amin(2) > config.far_px),
                         valid[:, 1] & (nearest.amin(1) > config.far_px)))


def least(cost: Tensor, axis: int) -> Tensor:
    """Return which one of each row (axis 2) or column (axis 1) of costs (B, N, M) is least."""
    found = torch.zeros_like(cost, dtype=torch.bool)
    return found.scatter_(axis, cost.argmin(axis, keepdim=True), True)


def apart(places: Tensor, keypoints: Tensor) -> Tensor:
    """Return the distances (B, N, M) of places (B, N, 2), nan for hidden, and (B, M, 2)."""
    hidden = places.isnan().any(-1, keepdim=True)
    return torch.cdist(places.nan_to_num(), keypoints).masked_fill(hidden, FAR)


def pair_loss(logits: Tensor, partners: tuple[Tensor, Tensor], truth: Truth,
              config: LossConfig) -> tuple[Tensor, Tensor, Tensor]:
    """Return the sums over a batch of -log p of the true pairs and of having a partner, and terms.

    Args:
        logits: (B, N, M) of pairs.
        partners: (B, N), (B, M) logits of having a partner.
        truth: what is right.
        config: weights.

    Returns:
        both sums, the second scaled to the number of pairs, and that number.
    """
    surprise = -(logits.log_softmax(2) + logits.log_softmax(1))
    total = surprise[truth.pairs].sum()
    count = truth.pairs.sum()
    told = logits.new_zeros(())
    for axis, (found, alone) in enumerate(zip(partners, truth.alone, strict=True)):
        has = truth.pairs.any(2 - axis)
        told = told + (functional.softplus(-found[has]).sum() / has.sum().clamp_min(1)
                       + functional.softplus(found[alone]).sum() / alone.sum().clamp_min(1))
    return total, config.matchability * told * count / 2, count
