# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two stages: the detector learns corners; descriptors are learned at the keypoints it finds."""
import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional

from residual_features_ros.errors import unknown
from residual_features_ros.image import to_grey
from toy_method import model as toy
from training import arrays, detected
from training.config import OptimConfig, RunConfig
from training.data.pairs.homography_pairs import Crops, HomographyPairs
from training.data.sources.opening import open_sources
from training.geometry import inside, sample, warp_points
from training.networks import to_input
from training.stage import Opened, Run, Stage, Terms

LABELLED = 4  # pairs, which repeat
KEYPOINTS = 50


DETECTOR = OptimConfig(steps=30, batch=2, lr=1e-2, warmup_steps=0)
DESCRIPTOR = OptimConfig(steps=20, batch=2, lr=0.02, optimiser='adamw', schedule='exponential',
                         warmup_steps=0)


@dataclass(frozen=True)
class ToyModel:
    dim: int = 16


@dataclass(frozen=True)
class ToyStages:
    detector: OptimConfig = DETECTOR
    descriptor: OptimConfig = DESCRIPTOR


@dataclass(frozen=True)
class ToyConfig(RunConfig):
    model: ToyModel = field(default_factory=ToyModel)
    stages: ToyStages = field(default_factory=ToyStages)


RECIPES = {'full': 20, 'short': 2}


def create(method, recipe):
    if recipe not in RECIPES:
        raise unknown('recipe', recipe, RECIPES)
    steps = ToyStages()
    return ToyConfig(method=method, stages=replace(
        steps, descriptor=replace(steps.descriptor, steps=RECIPES[recipe])))


def build(config):
    return toy.Toy(config.model.dim)


def networks(model, config):
    return toy.networks(model)


def stages(config):
    return (
        Stage('detector', config.stages.detector, open_corners, corner_loss,
              trained=('h.trunk', 'h.detector'), shown=('repeatability',)),
        Stage('descriptor', config.stages.descriptor, open_labelled, descriptor_loss,
              trained=('h.descriptor',), shown=('recall',)))


class Corners:
    """Crops with the scores that the detector is to learn."""

    def __init__(self, crops):
        self.crops = crops

    def __len__(self):
        return len(self.crops)

    def __getitem__(self, number):
        image = self.crops[number]['image']
        corners = cv2.cornerMinEigenVal(to_grey(image), 3)
        return {'image': image, 'target': corners / max(corners.max(), 1e-9)}


def open_corners(model, run: Run):
    data, optim = run.config.data, run.config.stages.detector
    source, held_out = open_sources(data)
    crops = Crops(source, data.size, run.config.seed, optim.steps * optim.batch)
    return Opened(Corners(crops), scorer(model, held_out, run))


def scorer(model, held_out, run):
    data = run.config.data
    dataset = HomographyPairs(held_out, data, 20_000, data.validation_pairs)
    pairs = [dataset[k] for k in range(len(dataset))]
    return lambda: detected.scores(toy.networks(model), pairs, KEYPOINTS)


def corner_loss(model, batch, run):
    with run.autocast():
        scores, _ = model.h(to_input(batch['image'], toy.INPUT))
    off = functional.mse_loss(scores.float(), batch['target'], reduction='none').mean((1, 2))
    # A draw, so that a test of resuming sees whether draws are the same.
    weighted = off * (1 + 0.1 * torch.rand_like(off))
    return Terms(weighted.sum(), torch.tensor(len(off)), {'mse': off.sum()})


class Labelled:
    """HomographyPairs with the frozen detector's keypoints of the first view, kept on disk."""

    def __init__(self, pairs, folder, length):
        self.pairs, self.folder, self.length = pairs, folder, length

    def __len__(self):
        return self.length

    def __getitem__(self, number):
        number %= LABELLED
        return {**self.pairs[number], **arrays.load(self.folder / f'{number}.npz')}


def open_labelled(model, run: Run):
    config, optim = run.config, run.config.stages.descriptor
    source, held_out = open_sources(config.data)
    pairs = HomographyPairs(source, config.data, config.seed, LABELLED)
    weights = run.finished('detector')
    if run.group.first:
        label(pairs, weights, config, folder_of(run.out, weights))
    run.group.wait()
    samples = Labelled(pairs, folder_of(run.out, weights), optim.steps * optim.batch)
    return Opened(samples, scorer(model, held_out, run))


def folder_of(out: Path, weights):
    digest = hashlib.sha256(weights['h.detector.weight'].numpy().tobytes()).hexdigest()
    return out / f'labels-{digest[:16]}'


def label(pairs, weights, config, folder):
    frozen = build(config)
    frozen.load_state_dict(weights)
    frozen.eval()
    for number in range(LABELLED):
        path = folder / f'{number}.npz'
        if path.exists():
            continue
        found = detected.extract(toy.networks(frozen), pairs[number]['images'][0], KEYPOINTS)
        keypoints = np.full((KEYPOINTS, 2), -1, np.float32)
        keypoints[:len(found)] = found.keypoints
        arrays.save(path, {'keypoints': keypoints})


def descriptor_loss(model, batch, run):
    with run.autocast():
        _, dense = model.h(to_input(batch['images'].flatten(0, 1), toy.INPUT))
    first, second = dense.float().unflatten(0, (-1, 2)).unbind(1)
    points, places = batch['keypoints'], warp_points(batch['keypoints'], batch['homography'])
    size = (batch['images'].shape[3], batch['images'].shape[2])
    seen = inside(places, size) & (points[..., 0] >= 0)
    one, two = (model.f(sample(dense, at, 4)) for dense, at in ((first, points), (second, places)))
    logits = (one @ two.transpose(1, 2) / 0.1).masked_fill(~seen[:, None], -1e4)
    right = torch.arange(KEYPOINTS, device=logits.device).expand(len(logits), -1)
    losses = functional.cross_entropy(logits.transpose(1, 2), right, reduction='none') * seen
    return Terms(losses.sum(), seen.sum())
