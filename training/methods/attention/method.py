# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The attention matcher as the trainer sees it: one stage (training.method.Method)."""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from residual_features_ros.errors import ConfigError
from training.calibration.logistic import fit
from training.data.sources.exposures import open_exposures
from training.data.sources.images import split
from training.data.sources.packed import open_images
from training.methods.attention.config import AttentionConfig
from training.methods.attention.data import open_dataset
from training.methods.attention.loss import pair_loss, truth_of
from training.methods.attention.model import NOTHING, AttentionNetwork, probabilities
from training.methods.attention.recipe import RECIPES, create
from training.stage import Batch, Opened, Run, Stage, Terms

__all__ = ['RECIPES', 'build', 'create', 'stages']
VALIDATION_SEED = 20_000
LEAST = 0.3  # confidence of a match
LIKELY = 1e-3  # probability of what confidence is fitted on


def build(config: AttentionConfig) -> AttentionNetwork:
    """Return the network."""
    return AttentionNetwork(config.model)


def stages(config: AttentionConfig) -> tuple[Stage, ...]:
    """Return the one stage; ConfigError for settings that contradict each other."""
    if config.data.kind != 'homography':
        raise ConfigError(f'attention learns from photographs, data.kind={config.data.kind} are '
                          'none')
    if not 0 < config.features.least <= config.features.most <= config.data.keypoints:
        raise ConfigError('expected features.least <= features.most <= data.keypoints')
    return (Stage('train', config.optim, open_pairs, loss, shown=('precision', 'recall')),)


def open_pairs(model: AttentionNetwork, run: Run) -> Opened:
    """Open the pairs to train on, and make those to validate on."""
    config, data = run.config, run.config.data
    source, held_out = split(open_images(data.images, data.size), data.validation_share)
    exposures, unseen = open_exposures(data.exposures)
    count = data.validation_pairs if run.group.first else 0
    validation = open_dataset(held_out, config, VALIDATION_SEED, count, unseen)
    pairs = [validation[number] for number in range(count)]
    samples = open_dataset(source, config, config.seed, config.optim.batch * config.optim.steps,
                           exposures)
    return Opened(samples, lambda: validate(model, pairs, run))


def see(model: AttentionNetwork, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Return the network's logits of a batch."""
    frames, rows, valid = batch['frames'], batch['descriptors'], batch['valid']
    real = valid[:, 0, :, None] & valid[:, 1, None, :]
    hidden = None if bool(real.all()) else (~real).to(rows) * NOTHING
    return model((frames[:, 0], rows[:, 0]), (frames[:, 1], rows[:, 1]), batch['seeds'], hidden)


def loss(model: AttentionNetwork, batch: Batch, run: Run) -> Terms:
    """Sum the losses of a batch over its true pairs."""
    with run.autocast():
        logits, first, second = see(model, batch)
    config = run.config.loss
    pairs, told, count = pair_loss(logits.float(), (first, second), truth_of(batch, config),
                                   config)
    return Terms(pairs + told, count, {'pairs': pairs.detach(), 'partners': told.detach()})


def validate(model: AttentionNetwork, pairs: list[dict[str, np.ndarray]],
             run: Run) -> dict[str, float]:
    """Return precision and recall at 3 pixels of the network's and of mutual nearest matches.

    Also the bias and the slope of their confidence, fitted on the same pairs
    (attention.MatcherCard).
    """
    counts, logits, rights, config = np.zeros(3), [], [], run.config.loss
    for pair in pairs:
        batch = {name: torch.as_tensor(value)[None].to(run.device)
                 for name, value in pair.items()}
        with torch.inference_mode():
            found = probabilities(*see(model, batch))[0]
        rows = batch['descriptors'][0]
        real = batch['valid'][0, 0, :, None] & batch['valid'][0, 1, None, :]
        right = near(batch, config.right_px)
        plain = mutual((rows[0] @ rows[1].T).masked_fill(~real, -2.0)) & real
        chosen = mutual(found) & (found > LIKELY) & real
        logits.append(found[chosen].logit(1e-6).double().cpu().numpy())
        rights.append(right[chosen].cpu().numpy())
        counts += [float(some.sum()) for some in (plain, plain & right,
                                                  truth_of(batch, config).pairs)]
    inputs, labels = np.concatenate(logits), np.concatenate(rights)
    (slope,), bias = fit(inputs[:, None], labels)
    kept = bias + slope * inputs >= np.log(LEAST / (1 - LEAST))
    made, correct, possible = np.maximum(counts, 1)
    return {'precision': float(labels[kept].mean()) if kept.any() else 0.0,
            'recall': float(labels[kept].sum() / possible),
            'precision_mutual': float(correct / made),
            'recall_mutual': float(correct / possible), 'bias': bias, 'slope': float(slope)}


def near(batch: Batch, limit_px: float) -> Tensor:
    """Return which pairs (N, M) of a batch of one are right: the second's place, as metrics do."""
    places, keypoints = batch['places'][0, 0], batch['keypoints'][0, 1, :, :2]
    hidden = places.isnan().any(-1, keepdim=True)
    return (torch.cdist(places.nan_to_num(), keypoints) < limit_px) & ~hidden


def mutual(scores: Tensor) -> Tensor:
    """Return which pairs (N, M) are the largest of their row and of their column."""
    return (scores == scores.amax(1, keepdim=True)) & (scores == scores.amax(0, keepdim=True))
