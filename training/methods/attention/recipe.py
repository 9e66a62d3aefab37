# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recipes of the attention matcher: values only."""
from __future__ import annotations

import dataclasses

from residual_features_ros.errors import unknown
from training.config import DataConfig, PhotometricConfig, WarpConfig
from training.methods.attention.config import AttentionConfig

LIGHT = PhotometricConfig(exposure_stops=2.5, exposure_share=0.35, shade_share=0.25,
                          jpeg_share=0.25)
DATA = DataConfig(size=(640, 480), keypoints=1000, distinct=6000, validation_pairs=48,
                  exposure_share=0.08, photometric=LIGHT,
                  warp=WarpConfig(scale=2.5, perspective=0.35, translation=0.25, min_overlap=0.25))


def ours(config: AttentionConfig) -> AttentionConfig:
    """Return the run for an hour or two of one core."""
    return dataclasses.replace(config, data=DATA)


RECIPES = {'ours': ours}


def create(method: str, recipe: str = 'ours') -> AttentionConfig:
    """Return the run of a recipe; ConfigError lists the known ones."""
    if recipe not in RECIPES:
        raise unknown('recipe', recipe, RECIPES)
    return RECIPES[recipe](AttentionConfig(method=method))
