# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""PoSFeat as the trainer sees it (training.method.Method): descriptors first, then keypoints.

Or both at once, which is the pipeline that Figure 7 compares with.
"""
from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor

from residual_features_ros.detection import DetectorCard
from residual_features_ros.errors import ConfigError, unknown
from training.methods.posfeat.config import PoSFeatConfig
from training.methods.posfeat.data import open_dataset, open_pairs
from training.methods.posfeat.loss import SPREADS, STRATEGIES, describe_terms
from training.methods.posfeat.model import STRIDE, PoSFeatNetwork
from training.methods.posfeat.policy import charged, detect_terms, flags_at
from training.methods.posfeat.recipe import RECIPES, create
from training.methods.posfeat.search import random_queries
from training.methods.posfeat.validation import FORM, SEED, on_grid, with_keypoints
from training.networks import Networks, to_input
from training.stage import Batch, Opened, Run, Stage, Terms

RANDOM = 'random'  # of encoder=: no file, on purpose
PIPELINES = ('decoupled', 'joint')
__all__ = ['RECIPES', 'build', 'create', 'networks', 'stages']


def build(config: PoSFeatConfig) -> PoSFeatNetwork:
    """Return h and f."""
    return PoSFeatNetwork(config.model)


def stages(config: PoSFeatConfig) -> tuple[Stage, ...]:
    """Return description and detection, or the one stage that trains both.

    Raises:
        ConfigError: settings that contradict each other.
    """
    check_words(config)
    if config.encoder and config.pretrained:
        raise ConfigError('encoder= and pretrained= both give the encoder its weights: set one of '
                          'them')
    if any(side % 16 for side in config.data.size):
        raise ConfigError(f'data.size must be multiples of 16, got {config.data.size}')
    if config.encoder not in ('', RANDOM) and not config.stages.describe.steps:
        raise ConfigError('encoder= is read when the stage describe begins, which has no steps')
    if config.model.block == 'bottleneck' and not (config.encoder or config.pretrained):
        raise ConfigError("the paper's ResNet-50 starts with ImageNet's weights: set encoder=FILE "
                          "to torchvision's state_dict, or encoder=random for random weights")
    planes = config.data.kind == 'planes'
    found: dict[str, Any] = {'shown': ('repeatability', 'ms'), 'score': 'ms'} if planes else \
        {'shown': ('precision', 'matches'), 'score': 'precision'}
    if config.pipeline == 'joint':
        return (Stage('joint', config.stages.describe, partial(open_stage, stage='joint'),
                      describe_and_detect, trained=('h.',), **found),)
    return (Stage('describe', config.stages.describe, partial(open_stage, stage='describe'),
                  describe, trained=('h.description.',),
                  shown=('epipolar', 'right') if planes else ('epipolar',)),
            Stage('detect', config.stages.detect, partial(open_stage, stage='detect'), detect,
                  trained=('h.detection.',), **found))


def check_words(config: PoSFeatConfig) -> None:
    """Raise ConfigError for an unknown word, or one that the pipeline cannot obey."""
    for name, word, known in (('pipeline', config.pipeline, PIPELINES),
                              ('search.strategy', config.search.strategy, STRATEGIES),
                              ('search.spread', config.search.spread, SPREADS)):
        if word not in known:
            raise unknown(name, word, known)
    if config.policy.matches and config.pipeline != 'joint':
        raise ConfigError('policy.matches=True rewards descriptors, which pipeline=decoupled '
                          'keeps as they are while keypoints are trained: set pipeline=joint')


def open_stage(model: PoSFeatNetwork, run: Run, stage: str) -> Opened:
    """Open the pairs to train on, and make those to validate on."""
    config: PoSFeatConfig = run.config
    last = stage == 'detect'
    optim = config.stages.detect if last else config.stages.describe
    if not last and run.step == 0 and config.encoder not in ('', RANDOM):
        load_encoder(model, config.encoder)
    source, held_out = open_pairs(config)
    # The stages see different samples of one kind.
    samples = open_dataset(source, config, config.seed + last,
                           optim.batch * optim.steps)
    count = config.data.validation_pairs
    fixed = open_dataset(held_out, config, SEED, count)
    pairs = [fixed[number] for number in range(count)] if run.group.first else []

    def validate() -> dict[str, float]:
        if stage == 'describe':
            return on_grid(model, pairs)
        return with_keypoints(networks(model, config), pairs, config.data.keypoints)

    return Opened(samples, validate)


def load_encoder(model: PoSFeatNetwork, path: str) -> None:
    """Start the encoder with torchvision's weights; ValueError names what is wrong with them."""
    try:
        weights = torch.load(path, map_location='cpu', weights_only=True)
    except Exception as error:  # unpickling a foreign file can raise nearly anything
        raise ValueError(f'encoder={path}: not a file of weights ({error})') from error
    model.h.description.encoder.load_torchvision(weights, path)


def seen(batch: Batch) -> tuple[Tensor, Tensor]:
    """Return h's input (2 B, 3, H, W), pairs side by side, and valid (B, 2, H, W)."""
    images = batch['images']
    valid = batch.get('valid', torch.ones((), dtype=torch.bool, device=images.device))
    blob = to_input(images.flatten(0, 1), FORM).contiguous(memory_format=torch.channels_last)
    return blob, valid.expand(images.shape[:4])


def describe(model: PoSFeatNetwork, batch: Batch, run: Run) -> Terms:
    """Return the loss of descriptors (equations 1 to 8)."""
    blob, valid = seen(batch)
    with run.autocast():
        dense, _ = model.h.description(blob)
    run.timer.mark('h')
    return Terms(*epipolar_terms(dense, valid, batch, run.config))


def epipolar_terms(dense: Tensor, valid: Tensor, batch: Batch,
                   config: PoSFeatConfig) -> tuple[Tensor, Tensor]:
    """Return the sums of equation 7 for maps (2 B, C, H/4, W/4), valid (B, 2, H, W)."""
    size = (valid.shape[3], valid.shape[2])
    queries = random_queries(len(dense), size, config.search.cell, dense.device)
    shown = flags_at(valid.flatten(0, 1), queries)
    dense, queries, shown = (each.unflatten(0, (-1, 2)) for each in (dense, queries, shown))
    return describe_terms(dense, queries, shown, batch['fundamental'], STRIDE, config.search)


def detect(model: PoSFeatNetwork, batch: Batch, run: Run) -> Terms:
    """Return the loss of keypoints (equations 9 to 11)."""
    blob, valid = seen(batch)
    with run.autocast():
        with torch.no_grad():
            dense, stem = model.h.description(blob)
        scores = model.h.detection(dense, stem, blob)
    run.timer.mark('h')
    total, count, gained = reward_terms(scores, dense, valid, batch, run)
    return Terms(total, count, {'reward': gained})


def reward_terms(scores: Tensor, dense: Tensor, valid: Tensor, batch: Batch,
                 run: Run) -> tuple[Tensor, Tensor, Tensor]:
    """Return the sums of equation 10 for scores (2 B, H, W) and maps (2 B, C, H/4, W/4)."""
    return detect_terms(scores.unflatten(0, (-1, 2)), dense.unflatten(0, (-1, 2)), valid,
                        batch['fundamental'], STRIDE, charged(run.config.policy, run.step))


def describe_and_detect(model: PoSFeatNetwork, batch: Batch, run: Run) -> Terms:
    """Return the weighted sum of equations 7 and 10, whose gradients both reach the description.

    Its terms are pairs: the two losses are means of different things.
    """
    config: PoSFeatConfig = run.config
    blob, valid = seen(batch)
    with run.autocast():
        dense, stem = model.h.description(blob)
        scores = model.h.detection(dense, stem, blob)
    run.timer.mark('h')
    total, count, gained = reward_terms(scores, dense, valid, batch, run)
    pairs = total.new_tensor(len(valid))
    detection = pairs * total / count.clamp_min(1)
    if not config.descriptors:
        return Terms(detection, pairs, {'reward': gained})
    total, count = epipolar_terms(dense, valid, batch, config)
    description = pairs * total / count.clamp_min(torch.finfo(count.dtype).tiny)
    return Terms(detection + config.descriptors * description, pairs,
                 {'reward': gained, 'description': description.detach(),
                  'detection': detection.detach()})


def networks(model: PoSFeatNetwork, config: PoSFeatConfig) -> Networks:
    """Return h, which finds keypoints and describes cells, and f, which reads them."""
    found = config.keypoints
    return Networks(
        h=model.h, f=model.f, input=FORM, dense_dim=config.model.dim,
        detector=DetectorCard(threshold=found.threshold, nms_radius=found.nms_radius,
                              border=found.border, softargmax_radius=found.softargmax_radius,
                              softargmax_temperature=found.softargmax_temperature))
