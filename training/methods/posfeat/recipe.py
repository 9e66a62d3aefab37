# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recipes of PoSFeat: values only."""
from __future__ import annotations

from dataclasses import replace

from residual_features_ros.config import unknown
from training.config import OptimConfig
from training.methods.posfeat.config import (
    KeypointConfig,
    ModelConfig,
    PoSFeatConfig,
    SearchConfig,
    Stages,
)

CODE = SearchConfig(jitter=(-0.707, 0.707), spread='deviation')
SMALL = ModelConfig(block='basic', blocks=(1, 1, 1), width=32, decoder=(64, 48),
                    detector=(24, 8, 16))


def paper(config: PoSFeatConfig) -> PoSFeatConfig:
    """Return the values that the paper prints."""
    return config


def code(config: PoSFeatConfig) -> PoSFeatConfig:
    """Return those of the authors' code where it has others."""
    describe = OptimConfig(steps=100_000, batch=8, lr=1e-4, schedule='constant', warmup_steps=0)
    return replace(config, search=CODE, stages=replace(config.stages, describe=describe))


def small(config: PoSFeatConfig) -> PoSFeatConfig:
    """Return a network for CPUs: 0.5 M parameters instead of 17 M."""
    return replace(
        config, model=SMALL, search=CODE, data=replace(config.data, size=(320, 240)),
        keypoints=KeypointConfig(nms_radius=2),
        stages=Stages(OptimConfig(steps=40_000, batch=8, lr=1e-3),
                      OptimConfig(steps=5_000, batch=6, lr=1e-3)))


def short(config: PoSFeatConfig) -> PoSFeatConfig:
    """Return `small` for some minutes of a CPU."""
    config = small(config)
    return replace(config, stages=Stages(OptimConfig(steps=1500, batch=4, lr=1e-3),
                                         OptimConfig(steps=300, batch=4, lr=2e-3)))


RECIPES = {'paper': paper, 'code': code, 'small': small, 'short': short}


def create(method: str, recipe: str = 'paper') -> PoSFeatConfig:
    """Return the run of a recipe; ConfigError lists the known ones."""
    if recipe not in RECIPES:
        raise unknown('recipe', recipe, RECIPES)
    return RECIPES[recipe](PoSFeatConfig(method=method))
