# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recipes of GoodPoint: values only.

'paper' is sections 3 to 5 as they are printed: SuperPoint's VGG, 256x256 crops, equations 1 to 13,
AdamW at 5e-4 with weight decay 0.01, constant for 8 epochs of MS COCO's 82,783 training images,
then decaying for 10. The paper gives neither batch nor decay; the authors' code has about 20 and
0.9 per 1000 steps, so an epoch is 4,139 steps. It gives no range of a filter and of the scale, no
theta_dist, N_random, lambda_1 and lambda_2; the ranges, 4 px and 8 are the code's, the weights 1.
'short' and 'small' differ by values: fewer channels, positives that are nearer than 7 px,
negatives that count down to a similarity of 0.2 (SuperPoint's margin, and the code's for random
pairs), few steps, and a stage before them. 'tune' goes on from pretrained= on a folder of images
of another domain (section 6.3).

Deviations, of all recipes: views are cut out of the photograph and mirrored where they leave it,
and what is mirrored has no keypoints and no part in equation 4 (the code's is black); noise comes
after the warp (the text, not the code); a perspective shift moves one side of four, by up to 85 px
either way; both heat-maps of equation 4 are read at pixels moved by one random fraction, which
makes them alike smooth (the code reads both through a grid that is scaled by 255/256), in one
direction (the text, the code takes both); wrong pairs are geometric neighbours (equation 12), not
those that descriptors have matched wrongly (the code, loss.wrong=descriptor): from random weights
these give recall .04 instead of .13 after 800 pairs of 'short', and fitting one batch drives all
similarities down. BatchNorm's statistics are those of both views of a batch together, of each
process by itself.

The stage before, `corners`, trains equation 3 on Shi and Tomasi's corners, without equation 4.
From random weights the paper's loss alone kept a flat map for thousands of pairs of 'short':
matches are accidents then, K' is no function of the image, and what little structure the map has
(a few pixels about the centres of cells) does not follow a photograph moved by 4 px. A flat map is
hard to leave even with corners given: keypoints' loss stays at ln 64 for 600 steps (constant rate,
no noise) to 1,000. The paper's length has not been run.

Cost on one core of an AMD EPYC in bf16: 'short' 25 pairs per second, 51 minutes; 'paper' 1.5 and
1.49 million pairs, 12 days, so it is for a GPU. Expected: benchmarks/reports/published.py,
GOODPOINT_1 to GOODPOINT_4, which benchmarks/airsim.py, papers.py and fire.py measure. On FIRE the
paper changes nothing but the crop, whose size it does not give.
"""
from __future__ import annotations

import dataclasses

from residual_features_ros.errors import unknown
from training.config import DataConfig, OptimConfig
from training.methods.goodpoint.config import (
    GoodPointConfig,
    HomographyConfig,
    LossConfig,
    ModelConfig,
    StagesConfig,
)

BATCH = 20
EPOCH = 4139  # steps: 82,783 images of COCO's train2014
BOUNDED = LossConfig(matched_px=7.0, floor=0.2)
SMALL = ModelConfig(backbone='small', head=128, dim=128)


def paper(config: GoodPointConfig) -> GoodPointConfig:
    """Return the full length: 74,502 steps of 20 pairs."""
    optim = OptimConfig(steps=18 * EPOCH, batch=BATCH, lr=5e-4, schedule='exponential',
                        warmup_steps=0, weight_decay=0.01, optimiser='adamw', decay=0.9,
                        decay_every=1000, decay_from=8 * EPOCH)
    return dataclasses.replace(config, stages=StagesConfig(train=optim), validate_every=1000,
                               checkpoint_every=500, warp=HomographyConfig(pairs_alike=BATCH))


def small(config: GoodPointConfig) -> GoodPointConfig:
    """Return a network and length for CPUs: a night of one core."""
    optim = OptimConfig(steps=12_000, batch=8, lr=1e-3, weight_decay=0.01, optimiser='adamw')
    stages = StagesConfig(dataclasses.replace(optim, steps=3500, lr=2e-3), optim)
    return dataclasses.replace(config, model=SMALL, loss=BOUNDED, stages=stages)


def short(config: GoodPointConfig) -> GoodPointConfig:
    """Return 'small' for an hour of one core: half the lengths in pixels, and more rotation."""
    config = small(config)
    data = dataclasses.replace(config.data, size=(128, 128), keypoints=100)
    loss = dataclasses.replace(config.loss, first_window=16, second_window=8, distance_px=3.0)
    warp = HomographyConfig(shift_px=7.0, perspective_px=32.0, rotation_rad=0.35, scale=(0.7, 1.4))
    stages = dataclasses.replace(config.stages,
                                 train=dataclasses.replace(config.stages.train, steps=6000))
    return dataclasses.replace(config, data=data, loss=loss, warp=warp, stages=stages,
                               validate_every=400, checkpoint_every=100)


def tune(config: GoodPointConfig) -> GoodPointConfig:
    """Return 'paper' at a tenth of the rate and 2,000 steps, to start from pretrained=."""
    optim = OptimConfig(steps=2000, batch=BATCH, lr=5e-5, warmup_steps=0, weight_decay=0.01,
                        optimiser='adamw')
    return dataclasses.replace(paper(config), stages=StagesConfig(train=optim), validate_every=200)


RECIPES = {'paper': paper, 'small': small, 'short': short, 'tune': tune}


def create(method: str, recipe: str = 'paper') -> GoodPointConfig:
    """Return the run of a recipe; ConfigError lists the known ones."""
    if recipe not in RECIPES:
        raise unknown('recipe', recipe, RECIPES)
    data = DataConfig(size=(256, 256), keypoints=200)
    return RECIPES[recipe](GoodPointConfig(method=method, data=data))
