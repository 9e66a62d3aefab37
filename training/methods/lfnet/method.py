# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""LF-Net as the trainer sees it: one stage for h and f (training.method.Method)."""
from __future__ import annotations

from residual_features_ros.detection import DetectorCard
from residual_features_ros.errors import ConfigError
from training.data.sources.opening import open_sources
from training.methods.lfnet.branches import INPUT, two_branches
from training.methods.lfnet.config import LFNetConfig
from training.methods.lfnet.data import open_dataset
from training.methods.lfnet.model import PATCH, Detector, LFNet
from training.methods.lfnet.patches import SIZE, windows_of
from training.methods.lfnet.recipe import RECIPES, create
from training.methods.lfnet.validation import validate, validation_pairs
from training.networks import Networks
from training.stage import Opened, Run, Stage

__all__ = ['RECIPES', 'build', 'create', 'networks', 'stages']


def build(config: LFNetConfig) -> LFNet:
    """Return h and f."""
    return LFNet(config.model)


def stages(config: LFNetConfig) -> tuple[Stage, ...]:
    """Return the one stage; ConfigError where no pixel of a crop could be a keypoint."""
    if min(config.data.size) <= 2 * config.keypoints.border:
        raise ConfigError(f'keypoints.border={config.keypoints.border} leaves nothing of '
                          f'data.size={config.data.size}')
    if config.model.scales < 1 or config.model.scales % 2 == 0:
        raise ConfigError(f'model.scales={config.model.scales}: expected an odd number, so that '
                          "one is the image's own")
    return Stage('train', config.optim, open_pairs, two_branches, shown=('ms',)),


def open_pairs(model: LFNet, run: Run) -> Opened:
    """Open the pairs to train on, and make those to validate on."""
    config: LFNetConfig = run.config
    source, held_out = open_sources(config.data)
    pairs = validation_pairs(held_out, config) if run.group.first else []
    samples = open_dataset(source, config, config.seed, config.optim.batch * config.optim.steps)
    count = config.keypoints.count
    return Opened(samples, lambda: validate(networks(model, config), pairs, count))


def card_of(h: Detector, config: LFNetConfig) -> DetectorCard:
    """Return how keypoints are read off h's maps."""
    keypoints = config.keypoints
    return DetectorCard(
        maps=h.maps, nms_radius=keypoints.nms_radius, border=keypoints.border, size=SIZE,
        softargmax_radius=keypoints.softargmax_radius,
        softargmax_temperature=keypoints.softargmax_temperature)


def networks(model: LFNet, config: LFNetConfig) -> Networks:
    """Return h and f; f sees a window of the photograph alone."""
    return Networks(
        h=model.h, f=model.f, input=INPUT, dense_dim=0, windows=windows_of(config.model),
        window_samples=PATCH, keypoint_budget=512, detector=card_of(model.h, config))
