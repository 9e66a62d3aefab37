# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Descriptor losses over the corresponding keypoints of two views."""
from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from residual_features_ros.config import unknown
from training.config import LossConfig


def admissible(keypoints: Tensor, warped: Tensor, valid: Tensor, match: Tensor,
               ignore_px: float) -> Tensor:
    """Return (K, K) bool: which keypoints of view 2 are the positive or a negative of view 1's.

    Args:
        keypoints: (K, 4) of view 2.
        warped: (K, 2) places of view 1's keypoints in view 2.
        valid: (2, K) which rows are keypoints.
        match: (K,) row of the positive or -1.
        ignore_px: others within this distance of the true place are left out.
    """
    far = torch.cdist(warped, keypoints[:, :2]) > ignore_px  # (K, 2), (K, 2) -> (K, K)
    positive = torch.zeros_like(far)
    rows = torch.nonzero(match >= 0).squeeze(1)
    positive[rows, match[rows]] = True
    return (far | positive) & valid[0][:, None] & valid[1][None, :]


def infonce(similarity: Tensor, allowed: Tensor, match: Tensor, config: LossConfig) -> Tensor:
    """Symmetric cross entropy of the positive among all admissible keypoints of the other view."""
    logits = (similarity / config.temperature).masked_fill(~allowed, -torch.inf)
    rows = torch.nonzero(match >= 0).squeeze(1)
    columns = match[rows]
    forth = functional.cross_entropy(logits[rows], columns, reduction='sum')
    back = functional.cross_entropy(logits.T[columns], rows, reduction='sum')
    return (forth + back) / 2


def hinge(similarity: Tensor, allowed: Tensor, match: Tensor, config: LossConfig) -> Tensor:
    """Paper's equation 1: max(0, d(a, p) - d(a, n) + m), n the hardest admissible negative.

    The paper does not say how n is chosen; with m = 2 the hinge never closes. Both directions.
    """
    rows = torch.nonzero(match >= 0).squeeze(1)
    columns = match[rows]
    negatives = similarity.masked_fill(~allowed, -torch.inf)
    negatives = negatives.index_put((rows, columns), similarity.new_tensor(-torch.inf))
    to_positive = distance(similarity[rows, columns])
    total = similarity.new_zeros(())
    for hardest in (negatives[rows].amax(1), negatives[:, columns].amax(0)):
        exists = torch.isfinite(hardest)
        gap = to_positive[exists] - distance(hardest[exists]) + config.margin
        total = total + functional.relu(gap).sum() / 2
    return total


def distance(similarity: Tensor) -> Tensor:
    """Turn dot products of unit rows into L2 distances; the floor keeps the gradient finite."""
    return torch.sqrt((2 - 2 * similarity).clamp_min(1e-8))


LOSSES = {'infonce': infonce, 'hinge': hinge}


def pair_loss(descriptors: Tensor, batch: dict[str, Tensor], config: LossConfig) -> Tensor:
    """Return the mean loss over all positives of a batch.

    Args:
        descriptors: (B, 2, K, dim) of both views of B pairs.
        batch: PairDataset's arrays with a leading B.
        config: kind and constants.
    """
    if config.kind not in LOSSES:
        raise unknown('loss', config.kind, LOSSES)
    total = descriptors.new_zeros(())
    for pair, (first, second) in enumerate(descriptors):
        match = batch['match'][pair]
        allowed = admissible(batch['keypoints'][pair, 1], batch['warped'][pair],
                             batch['valid'][pair], match, config.ignore_px)
        total = total + LOSSES[config.kind](first @ second.T, allowed, match, config)
    return total / (batch['match'] >= 0).sum().clamp_min(1)
