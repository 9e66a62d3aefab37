# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""SuperPoint as the trainer sees it: three stages of one network (training.method.Method)."""
from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from residual_features_ros.errors import ConfigError, unknown
from training import detected
from training.data.sources.images import Folder
from training.data.sources.opening import open_sources
from training.data.sources.packed import Pack
from training.methods.superpoint import loss as losses
from training.methods.superpoint.config import SuperPointConfig
from training.methods.superpoint.data import Drawings, LabelledPairs
from training.methods.superpoint.labels import LabelFolder, corner_scores, make_labels
from training.methods.superpoint.model import STRIDE, SuperPoint, as_input, scores_of
from training.methods.superpoint.recipe import RECIPES, create, detector_card
from training.methods.superpoint.validation import SEED, on_drawings
from training.networks import InputFormat, Networks
from training.stage import Batch, Opened, Run, Stage, Terms

__all__ = ['RECIPES', 'build', 'create', 'networks', 'stages']
TEACHERS = ('magicpoint', 'corners')
DETECTOR = ('h.encoder', 'h.detector')


def build(config: SuperPointConfig) -> SuperPoint:
    """Return h and f."""
    return SuperPoint(config.model)


def stages(config: SuperPointConfig) -> tuple[Stage, ...]:
    """Return MagicPoint, the detector adapted to photographs, and both heads together."""
    check(config)
    return (
        Stage('magicpoint', config.stages.magicpoint, open_drawings, drawing_terms, DETECTOR,
              shown=('average_precision',)),
        Stage('adapted', config.stages.adapted, partial(open_pairs, 'magicpoint'), point_terms,
              DETECTOR, shown=('repeatability',)),
        Stage('joint', config.stages.joint, partial(open_pairs, 'adapted'), pair_terms, ('h.',),
              shown=('repeatability', 'recall'), score='recall'))


def check(config: SuperPointConfig) -> None:
    """Raise ConfigError for sizes that do not go together, other data, or an unknown loss."""
    data, labels, drawn = config.data, config.labels, config.drawing_size
    if config.stages.magicpoint.epochs:
        raise ConfigError('stages.magicpoint.epochs: drawings have no epochs, set its steps')
    if config.loss.descriptor not in losses.DESCRIPTOR_LOSSES:
        raise unknown('loss.descriptor', config.loss.descriptor, losses.DESCRIPTOR_LOSSES)
    if labels.teacher not in TEACHERS:
        raise unknown('labels.teacher', labels.teacher, TEACHERS)
    if data.kind != 'homography':
        raise ConfigError(f'superpoint trains on homographies, data.kind={data.kind} has none')
    if any(side % STRIDE for side in (*data.size, *labels.size, *drawn)):
        raise ConfigError(f'data.size={data.size}, labels.size={labels.size} and drawing_size='
                          f'{drawn} must be multiples of {STRIDE}')
    if any(part > side for part, side in zip(data.size, labels.size, strict=True)):
        raise ConfigError(f'data.size={data.size} is cut of labels.size={labels.size}, which is '
                          'smaller')


def open_drawings(model: SuperPoint, run: Run) -> Opened:
    """Open the drawings to train on, and make those to validate on."""
    config = run.config
    if config.stages.adapted.steps or config.stages.joint.steps:
        open_sources(config.data)  # photographs that are missing are missed now, not hours later
    held_out = Drawings(config, SEED, config.data.validation_pairs)
    drawings = [held_out[number] for number in range(len(held_out))] if run.group.first else []
    optim = config.stages.magicpoint
    return Opened(Drawings(config, config.seed, optim.steps * optim.batch),
                  lambda: on_drawings(networks(model, config), drawings,
                                       config.data.keypoints))


def open_pairs(teacher: str, model: SuperPoint, run: Run) -> Opened:
    """Label photographs by the detector at the end of stage `teacher` and open pairs of them."""
    config = run.config
    weights = run.finished(teacher)
    training: Any  # photographs, as check() asks
    held_out: Any
    training, held_out = open_sources(config.data)
    training = chosen(training, config.labels.photographs, config.seed)
    held_out = chosen(held_out, config.data.validation_pairs, config.seed)
    first_round = teacher == 'magicpoint' or not config.stages.adapted.steps
    find: Callable[[Tensor], Tensor] = corner_scores
    if first_round and config.labels.teacher == 'corners':
        folder = label_folder({}, 'corners', run)
    else:
        folder, find = label_folder(weights, teacher, run), frozen_detector(weights, run)
    for number, images in enumerate((training, held_out)):
        make_labels(images, folder, find, config.seed, config.labels, config.views, run.device,
                    slice(run.group.rank, None, run.group.size),
                    quiet=number > 0 or not run.group.first)
    run.group.wait()
    pairs: list[dict[str, np.ndarray]] = []
    if run.group.first:
        fixed = LabelledPairs(held_out, folder, config, SEED, config.data.validation_pairs)
        pairs = [fixed[number] for number in range(len(fixed))]
    optim = config.stages.adapted if teacher == 'magicpoint' else config.stages.joint
    samples = LabelledPairs(training, folder, config, config.seed, optim.steps * optim.batch)
    return Opened(samples, lambda: detected.scores(networks(model, config), pairs,
                                                   config.data.keypoints))


def chosen(images: Folder | Pack, count: int, seed: int) -> Folder | Pack:
    """Return `count` random photographs of a source, all where it is 0 or more than there are."""
    if not 0 < count < len(images.names):
        return images
    picked = np.random.default_rng([seed, 2]).choice(len(images.names), count, replace=False)
    return replace(images, names=tuple(images.names[n] for n in sorted(picked)))


def label_folder(weights: dict[str, Tensor], teacher: str, run: Run) -> LabelFolder:
    """Return the folder of the labels that these weights and settings decide."""
    digest = hashlib.sha256(repr((replace(run.config.labels, photographs=0), run.config.views,
                                  run.config.seed, run.config.model, run.bf16)).encode())
    for name in sorted(weights):
        if name.startswith(DETECTOR):
            digest.update(weights[name].float().numpy().tobytes())
    root = Path(run.config.data.cache) if run.config.data.cache else run.out / 'labels'
    return LabelFolder(root / f'{teacher}-{digest.hexdigest()[:16]}')


def frozen_detector(weights: dict[str, Tensor], run: Run) -> Callable[[Tensor], Tensor]:
    """Return the detector of an earlier stage: images (B, 1, H, W) -> scores (B, H, W)."""
    teacher = build(run.config)
    teacher.load_state_dict(weights)
    # torch's stub of to() leaves memory_format out.
    teacher.to(run.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    teacher.eval()

    def find(images: Tensor) -> Tensor:
        with torch.inference_mode(), run.autocast():
            blob = images.contiguous(memory_format=torch.channels_last)
            return scores_of(teacher.h.points(blob))

    return find


def drawing_terms(model: SuperPoint, batch: Batch, run: Run) -> Terms:
    """Return L_p of drawings."""
    with run.autocast():
        logits = model.h.points(as_input(batch['image']))
    run.timer.mark('h')
    return summed(losses.detector(logits, batch['cells']))


def point_terms(model: SuperPoint, batch: Batch, run: Run) -> Terms:
    """Return L_p of both views."""
    with run.autocast():
        logits = model.h.points(as_input(batch['images'].flatten(0, 1)))
    run.timer.mark('h')
    return summed(losses.detector(logits, batch['cells'].flatten(0, 1)).view(-1, 2).sum(1))


def pair_terms(model: SuperPoint, batch: Batch, run: Run) -> Terms:
    """Return L_p of both views and lambda L_d of the pair (equation 1)."""
    with run.autocast():
        logits, dense = model.h.raw(as_input(batch['images'].flatten(0, 1)))
    run.timer.mark('h')
    points = losses.detector(logits, batch['cells'].flatten(0, 1)).view(-1, 2).sum(1)
    first, second = dense.float().unflatten(0, (-1, 2)).unbind(1)
    described = losses.descriptor(first, second, batch['homography'], run.config.loss)
    return summed(points + run.config.loss.weight * described, points=points,
                  descriptors=described)


def summed(values: Tensor, **parts: Tensor) -> Terms:
    """Return the terms of images or pairs (B,)."""
    return Terms(values.sum(), torch.tensor(len(values), device=values.device),
                 {name: part.detach().sum() for name, part in parts.items()})


def networks(model: SuperPoint, config: SuperPointConfig) -> Networks:
    """Return h, which finds the keypoints, and f, which reads its map there."""
    return Networks(h=model.h, f=model.f, input=InputFormat(STRIDE), dense_dim=config.model.dim,
                    detector=detector_card(config))
