# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recipes of PoSFeat (Li et al., CVPR 2022, arXiv 2201.02861): values only.

'paper' has the values of section 4.1 and the equations as printed; 'code' those of the authors'
code where it has others: Adam at 1e-4 with batch 8 for descriptors, the window's shift symmetric
and within 0.707 of its half, sigma as the sum of both standard deviations. 'small' is a network
for CPUs, 'short' is 'small' for 20 minutes of one: small images, a query in each 8 pixels, milder
motion. Both keep the window about as large as the paper's in pixels, 64x48: with 0.1 of 192x144 it
has 20 cells to choose from, and after 200 steps 13 % of the points are matched right instead of
34 %. Maxima of 3x3 are the paper's; on held-out stills they have more right matches than those of
5x5 to 9x9, and places at temperature 0.25 are nearer than at 1.

The ablations (section 4.3) are 'code' but for what they are about; their settings go with 'small'
and 'short' as well. Keypoints of SIFT are asked for in the evaluation, as posfeat@sift.

    Figure 7    --recipe                                     --methods       as settings
    model 1     code                                         posfeat
    model 2     joint                                        posfeat         pipeline=joint
    model 3     code stages.detect.steps=0                   posfeat@sift
    model 4     coarse stages.detect.steps=0                 posfeat@sift    search.strategy=coarse
    DISK-W      disk                                         posfeat         see disk()
    Table 4     code search.line_samples={75,100,125} search.window={0.075,0.1,0.125}     posfeat

The paper gives neither the weights nor the length of model 2: both losses weigh 1, in as many
steps as the descriptors have. Models 5 to 8 are combinations that the text does not name.

Expected of 'paper' trained on MegaDepth: benchmarks/reports/published.py, POSFEAT_1.

From the code, where the paper is silent: cosines times 60 in both stages; the weight 1 / sigma
without a gradient; both directions of a pair; softplus scores as logits; keypoints 3x3 maxima over
0.9 and their mean place by scores; pairs turned by more than 80 degrees left out.

Deviations:
- With encoder=random the ResNet-50 starts with random weights, not with ImageNet's: it has to be
  said, the run is refused without an encoder. Those of 'small' and 'short' always start so.
- data.kind=planes: posed pairs from single photographs, a random camera before a plane. Pixels
  beyond the photograph are neither queries nor keypoints. caps is the paper's data, without its
  selection of 127 scenes.
- Photometric changes are data.photometric's instead of torchvision's jitter.
- Similarities are read between cells instead of the map: the same numbers for less work.
- sigma is in pixels, at least 0.1 of them, and the code's cut of distances over a tenth of the
  image is left out: a window does not reach that far.
- Equation 7 is summed over the batch, not averaged over pairs, and equation 10 too.
- P_m is among the accepted keypoints (supplement, equation 3), in the code among all proposed.
- Rewards take the distance to the line in the second view (equation 9); the code asks for both.
- The code's gradient of log P_m is left out, as in equation 11; its last epoch of each stage at a
  tenth of the rate too.
- 'coarse' has one map for both of its levels and no loss of cycles, unlike CAPS; both levels weigh
  1, where the authors' code has weights and not those of the ablation; its cut of distances is in.
- 'disk' is DISK's loss with PoSFeat's network and optimiser: no U-Net, a fixed temperature, and
  charges that grow evenly, not by epochs (the 20,000 steps are its code's).
- Sub-pixel places weigh by exp(score), 1 + exp(x) of softplus, not by the score.
"""
from __future__ import annotations

from dataclasses import replace

from residual_features_ros.errors import unknown
from training.config import MotionConfig, OptimConfig
from training.methods.posfeat.config import (
    KeypointConfig,
    ModelConfig,
    PolicyConfig,
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
    """Return a network for CPUs: 0.6 M parameters instead of 21 M."""
    return replace(
        config, model=SMALL, search=replace(CODE, window=0.2),
        data=replace(config.data, size=(320, 240)),
        keypoints=KeypointConfig(softargmax_temperature=0.25),
        stages=Stages(OptimConfig(steps=40_000, batch=8, lr=1e-3),
                      OptimConfig(steps=5_000, batch=6, lr=1e-3)))


def short(config: PoSFeatConfig) -> PoSFeatConfig:
    """Return `small` for 20 minutes of a CPU."""
    config = small(config)
    return replace(
        config, data=replace(config.data, size=(192, 144), keypoints=200),
        motion=MotionConfig(zoom=1.6, tilt_deg=40.0, sideways=0.5, forwards=0.25, roll_deg=45.0,
                            min_overlap=0.5),
        search=replace(CODE, window=0.3, cell=8),
        stages=Stages(OptimConfig(steps=2300, batch=4, lr=1e-3),
                      OptimConfig(steps=400, batch=4, lr=2e-3)))


def joint(config: PoSFeatConfig) -> PoSFeatConfig:
    """Return 'code' with description and detection trained at once (Figure 7, model 2)."""
    return replace(code(config), pipeline='joint')


def coarse(config: PoSFeatConfig) -> PoSFeatConfig:
    """Return 'code' with the coarse-to-fine search (Figure 7, model 4)."""
    return replace(code(config), search=replace(CODE, strategy='coarse'))


def disk(config: PoSFeatConfig) -> PoSFeatConfig:
    """Return 'joint' where rewards alone teach descriptors, those of unsure matches too (DISK-W).

    The policy gradient of Tyszkiewicz et al., arXiv 2006.13566, section 3, with poses alone.
    """
    policy = PolicyConfig(matches=True, certain=0.0, ramp_steps=20_000)
    return replace(joint(config), descriptors=0.0, policy=policy)


RECIPES = {'paper': paper, 'code': code, 'small': small, 'short': short, 'joint': joint,
           'coarse': coarse, 'disk': disk}


def create(method: str, recipe: str = 'paper') -> PoSFeatConfig:
    """Return the run of a recipe; ConfigError lists the known ones."""
    if recipe not in RECIPES:
        raise unknown('recipe', recipe, RECIPES)
    return RECIPES[recipe](PoSFeatConfig(method=method))
