# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""GoodPoint as the trainer sees it: two stages of both heads (training.method.Method)."""
from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import torch

from residual_features_ros.detection import DetectorCard
from residual_features_ros.errors import ConfigError, unknown
from training import detected
from training.data.sources.opening import cached, open_sources
from training.methods.goodpoint.config import GoodPointConfig, LossConfig
from training.methods.goodpoint.data import NoisyPairs
from training.methods.goodpoint.loss import WRONG, pair_losses
from training.methods.goodpoint.model import STRIDE, GoodPoint
from training.methods.goodpoint.recipe import RECIPES, create
from training.networks import InputFormat, Networks
from training.stage import Batch, Opened, Run, Stage, Terms

__all__ = ['RECIPES', 'build', 'create', 'networks', 'stages']
VALIDATION_SEED = 20_000


def build(config: GoodPointConfig) -> GoodPoint:
    """Return h and f."""
    return GoodPoint(config.model)


def stages(config: GoodPointConfig) -> tuple[Stage, ...]:
    """Return the two stages; ConfigError for settings that contradict each other."""
    if config.data.kind != 'homography':
        raise ConfigError(f'goodpoint learns from homographies, data.kind={config.data.kind} has '
                          'none')
    if config.loss.wrong not in WRONG:
        raise unknown('loss.wrong', config.loss.wrong, WRONG)
    largest = max(config.loss.first_window, config.loss.second_window)
    if min(config.data.size) < largest or any(side % STRIDE for side in config.data.size):
        raise ConfigError(f'data.size={config.data.size}: expected multiples of {STRIDE}, at '
                          f'least {largest}')
    reach = 2 * (config.warp.perspective_px + config.warp.shift_px)
    if reach >= min(config.data.size):
        raise ConfigError(f'data.size={config.data.size}: warp.perspective_px and warp.shift_px '
                          f'move corners by {reach:.0f} px towards each other, past each other')
    shown = ('repeatability', 'ms')
    return (Stage('corners', config.stages.corners, partial(open_pairs, 'corners'),
                  corner_loss, shown=shown),
            Stage('train', config.stages.train, partial(open_pairs, 'train'), loss, shown=shown))


def open_pairs(stage: str, model: GoodPoint, run: Run) -> Opened:
    """Open the pairs to train on, and make those to validate on."""
    config, optim = run.config, getattr(run.config.stages, stage)
    corners = config.corners if stage == 'corners' else None
    source: Any  # photographs, as stages() asks
    held_out: Any
    source, held_out = open_sources(config.data)
    made = NoisyPairs(source, config.data, config.warp, config.noise, config.seed,
                      optim.batch * optim.steps, corners)
    count = config.data.validation_pairs if run.group.first else 0
    validation = NoisyPairs(held_out, config.data, replace(config.warp, pairs_alike=1),
                            config.noise, VALIDATION_SEED, count)
    kept = [validation[number] for number in range(count)]
    return Opened(cached(made, source, config.data, config.warp, config.noise, config.seed,
                         corners),
                  lambda: detected.scores(networks(model, config), kept, config.data.keypoints))


def corner_loss(model: GoodPoint, batch: Batch, run: Run) -> Terms:
    """Sum the losses of a batch of pairs with corners for keypoints."""
    return summed(model, batch, run, replace(run.config.loss, heatmaps=0.0))


def loss(model: GoodPoint, batch: Batch, run: Run) -> Terms:
    """Sum the losses of a batch of pairs (equation 1); its terms are pairs."""
    return summed(model, batch, run, run.config.loss)


def summed(model: GoodPoint, batch: Batch, run: Run, config: LossConfig) -> Terms:
    """Sum the losses of a batch with these weights."""
    images, valid, homography = (batch[name] for name in ('images', 'valid', 'homography'))
    with run.autocast():
        blob = images.flatten(0, 1)[:, None].float() / 255  # (B, 2, H, W) -> (2 B, 1, H, W)
        log_scores, dense = model.see(blob.contiguous(memory_format=torch.channels_last))
    run.timer.mark('h')
    pairs = [pair_losses(heat, rows, shown, warp, config, corners)
             for heat, rows, shown, warp, corners in zip(
        log_scores.unflatten(0, (-1, 2)), dense.unflatten(0, (-1, 2)), valid, homography,
        batch.get('corners', [None] * len(images)), strict=True)]
    parts = {name: torch.stack([pair[name] for pair in pairs]).sum() for name in pairs[0]}
    total = torch.stack(list(parts.values())).sum()
    return Terms(total, total.new_tensor(len(pairs)),
                 {name: value.detach() for name, value in parts.items()})


def networks(model: GoodPoint, config: GoodPointConfig) -> Networks:
    """Return h, which finds the keypoints, and f, which reads its descriptors there."""
    return Networks(h=model.h, f=model.f, input=InputFormat(STRIDE), dense_dim=config.model.dim,
                    detector=DetectorCard(threshold=config.threshold))
