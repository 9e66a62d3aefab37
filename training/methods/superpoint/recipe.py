# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recipes of SuperPoint: values only.

'paper' has the values of arXiv 1712.07629: Adam at 1e-3 and batch 32 throughout, 200,000 steps on
drawings (section 6; the paper does not give the length of the other stages, they get as many),
N_h = 100 homographies, two rounds of homographic adaptation (stages adapted and joint: the labels
of the second are those of the detector that learned from the first), 240x320 grey photographs,
lambda = 1e-4, lambda_d = 250, m_p = 1, m_n = 0.2, keypoints by threshold 1e-4 and NMS 4.

Deviations of all recipes: stages go on from the weights of the stage before; weights are drawn to
keep the variance; the homographies are those of public re-implementations, the same for labels
and pairs (the paper gives no ranges, and takes narrower ones for pairs); the descriptor's map is
read bilinearly, not bicubically; cells that a warp does not show do not count; the photometric
changes are this package's, colour among them before the image becomes grey.

'sparse' replaces the dense descriptor loss by the sparse one with lambda = 1 and Adam at 1e-4,
which re-implementations found stable. 'small' is that with fewer channels and BatchNorm. 'short'
is 'small' for one CPU in 75 minutes: 160x120 crops, 128x96 drawings, rotations within 60 degrees,
the sparse loss of 300 places, one round of labels of 10 homographies. Their points are not
MagicPoint's but Shi and Tomasi's corners, under homographic adaptation too: after so few drawings
MagicPoint takes texture for noise (30 to 70 points in 256x192, few of them on corners; corners
give 110 to 230). The drawings still serve: a detector that has not seen them keeps a flat map for
some 500 steps before it learns the corners of photographs. Its threshold is that of the authors'
demo, 0.015: at 1e-4 flat ground has keypoints too.

Expected: benchmarks/reports/published.py, SUPERPOINT_4, which says whence it is. What 'short' came
to is in docs/reproduction.

Cost of a pair on one AVX512-bf16 core: 'paper' 0.65 s, 'small' 0.15 s, 'short' 0.041 s.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Callable

from residual_features_ros.detection import DetectorCard
from residual_features_ros.errors import unknown
from training.config import OptimConfig
from training.methods.superpoint.config import (
    LabelConfig,
    LossConfig,
    ModelConfig,
    StagesConfig,
    SuperPointConfig,
    ViewConfig,
)

NMS_RADIUS = 4
SMALL = ModelConfig(widths=(16, 32, 64, 128), head=128, dim=128, batch_norm=True)
SPARSE = LossConfig(descriptor='sparse', weight=1.0, positive_weight=1.0)


def constant(steps: int, batch: int, lr: float) -> OptimConfig:
    """Return Adam at a constant rate, as the paper has it."""
    return OptimConfig(steps=steps, batch=batch, lr=lr, schedule='constant', warmup_steps=0)


def paper(config: SuperPointConfig) -> SuperPointConfig:
    """Return the paper's values."""
    stage = constant(200_000, 32, 1e-3)
    return dataclasses.replace(config, stages=StagesConfig(stage, stage, stage))


def sparse(config: SuperPointConfig) -> SuperPointConfig:
    """Return 'paper' with the sparse descriptor loss."""
    config = paper(config)
    stages = dataclasses.replace(config.stages, joint=constant(200_000, 16, 1e-4))
    return dataclasses.replace(config, loss=SPARSE, stages=stages)


def small(config: SuperPointConfig) -> SuperPointConfig:
    """Return 'sparse' with half the channels and BatchNorm."""
    return dataclasses.replace(sparse(config), model=SMALL)


def short(config: SuperPointConfig) -> SuperPointConfig:
    """Return a run for one CPU."""
    config = small(config)
    return dataclasses.replace(
        config, threshold=0.015,
        views=ViewConfig(rotation_deg=60.0, scale=0.2),
        loss=dataclasses.replace(SPARSE, positives=300),
        drawing_size=(128, 96),
        labels=LabelConfig(teacher='corners', homographies=10, size=(256, 192), threshold=0.004,
                           most=250),
        data=dataclasses.replace(config.data, size=(160, 120), keypoints=150),
        stages=StagesConfig(magicpoint=OptimConfig(steps=4000, batch=16, lr=2e-3),
                            adapted=OptimConfig(steps=0, batch=8, lr=1e-3),
                            joint=OptimConfig(steps=9000, batch=8, lr=1.5e-3, warmup_steps=200)))


RECIPES: dict[str, Callable[[SuperPointConfig], SuperPointConfig]] = {
    'paper': paper, 'sparse': sparse, 'small': small, 'short': short}


def create(method: str, recipe: str = 'paper') -> SuperPointConfig:
    """Return the run of a recipe; ConfigError lists the known ones."""
    if recipe not in RECIPES:
        raise unknown('recipe', recipe, RECIPES)
    return RECIPES[recipe](SuperPointConfig(method=method))


def detector_card(config: SuperPointConfig) -> DetectorCard:
    """Return how keypoints are read off the maps of h (METHODS: threshold 1e-4, NMS 4)."""
    return DetectorCard(maps=('scores', 'dense'), threshold=config.threshold,
                        nms_radius=NMS_RADIUS)
