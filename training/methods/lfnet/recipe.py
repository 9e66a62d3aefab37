# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recipes of LF-Net: values only.

'augmented' is section 3.3: Adam at 1e-3, batch of 6 pairs, 50,000 steps (the authors' code), crops
of 256x256, 512 keypoints, rotation within 180 degrees and scale within sqrt 2. 'upright' is
without both augmentations, orientation and scales, "the best-performing models". They want pairs
with depth and poses (data.kind=scannet, megadepth, rgbd, ...); photographs under homographies are
the other kind, and these two have no photometric changes for them. 'short' is 'upright' for
minutes of one core on such photographs; 'small' has narrower networks besides.

From the code, since the paper does not say: strength 3 of the soft non-maximum suppression, 100 of
the softmax over scales, border of 16 px, 5x5 windows of the hard suppression, temperature 1 of the
softargmax, patches of 32x32 px at scale 1, negatives at least 32 px away, scale as the softmax's
mean, means over pixels and keypoints in the losses, the orientation as a vector and the scale's
logarithm in equation 4, and warped scales cut to the range.

Deviations:
- Patches are normalised each by itself, as windows.cut_windows does at run time; the paper's come
  from the image, normalised as a whole.
- The code suppresses non-maxima over the scales together; here each scale by itself, as in the
  paper.
- Nothing of branch j has gradients, as the paper says; the code lets the descriptor learn from
  both rows of a pair.
- 'short' and 'small': another temperature, border and number of keypoints, and cosine decay;
  'small' has nearer negatives besides.
Cost of a step of 2 pairs on one core of an AMD EPYC in bf16: small .45 s, short .9 s, augmented
4.2 s, so that the paper's schedule (6 pairs, 50,000 steps) takes a week of such a core.

Observed of 'small' on 3,860 photographs: 900 steps within 10 degrees and a scale of 1.25 took the
matching score of held-out pairs from .51 to .66; 4,000 more with the values below took that of
wider warps from .26 to .48. These lose a tenth of the right matches on scenes that keep upright
(Oxford, 640x480: 6321 to 5755) and gain where the view turns or moves (HoloLens, 16 frames apart:
recall .18 to .26; Oxford, 320x240: MMA@3 .549 to .565). Negatives are 10 px away: with the code's
32 px neighbours are never told apart. docs/reproduction/tables.md has the numbers beside the other
methods'. Not measured: the paper's numbers, which need its data (ScanNet, 25 photo-tourism
collections).
"""
from __future__ import annotations

import dataclasses

from residual_features_ros.errors import unknown
from training.config import DataConfig, OptimConfig, PhotometricConfig, WarpConfig
from training.methods.lfnet.config import KeypointConfig, LFNetConfig, ModelConfig

PLAIN = PhotometricConfig(brightness=0.0, contrast=0.0, saturation=0.0, hue_deg=0.0, noise=0.0,
                          gamma=1.0, blur_share=0.0, motion_share=0.0, grey_share=0.0)
MILD = PhotometricConfig(brightness=30.0, contrast=0.3, saturation=0.2, hue_deg=5.0, noise=6.0,
                         gamma=1.5, blur_sigma_px=1.2, blur_share=0.2, motion_share=0.0)
ROTATED = WarpConfig(rotation_deg=180.0, full_rotation=0.0, scale=2**0.5)
STILL = WarpConfig(rotation_deg=0.0, full_rotation=0.0, scale=1.0)
NEARLY_UPRIGHT = WarpConfig(rotation_deg=10.0, full_rotation=0.0, scale=1.25, perspective=0.25,
                            translation=0.1)
TURNED = dataclasses.replace(NEARLY_UPRIGHT, rotation_deg=45.0, scale=1.6)


def augmented(config: LFNetConfig) -> LFNetConfig:
    """Return the paper's model that finds scale and orientation."""
    return dataclasses.replace(
        config, data=DataConfig(size=(256, 256), warp=ROTATED, photometric=PLAIN),
        optim=OptimConfig(steps=50_000, batch=6, lr=1e-3, schedule='constant', warmup_steps=0))


def upright(config: LFNetConfig) -> LFNetConfig:
    """Return the paper's model of one scale without orientation."""
    base = augmented(config)
    return dataclasses.replace(
        base, model=dataclasses.replace(base.model, scales=1, oriented=False),
        data=dataclasses.replace(base.data, warp=STILL))


def short(config: LFNetConfig) -> LFNetConfig:
    """Return 'upright' for minutes of one core, on photographs under homographies."""
    base = upright(config)
    return dataclasses.replace(
        base, keypoints=KeypointConfig(count=128, border=8, softargmax_temperature=0.1),
        data=DataConfig(size=(160, 160), warp=NEARLY_UPRIGHT, photometric=MILD,
                        validation_pairs=32),
        optim=OptimConfig(steps=1000, batch=2, lr=1e-3, warmup_steps=50),
        validate_every=200, checkpoint_every=100)


def small(config: LFNetConfig) -> LFNetConfig:
    """Return 'short' with half the channels: a quarter of the work and of the weights."""
    base = short(config)
    return dataclasses.replace(
        base, optim=dataclasses.replace(base.optim, steps=4900),
        data=dataclasses.replace(base.data, warp=TURNED),
        loss=dataclasses.replace(base.loss, negative_px=10.0),
        model=dataclasses.replace(base.model, channels=8, widths=(32, 64, 128), hidden=256,
                                  dim=128))


RECIPES = {'augmented': augmented, 'upright': upright, 'short': short, 'small': small}


def create(method: str, recipe: str = 'augmented') -> LFNetConfig:
    """Return the settings of a recipe; ConfigError lists the known ones."""
    if recipe not in RECIPES:
        raise unknown('recipe', recipe, RECIPES)
    return RECIPES[recipe](LFNetConfig(method=method, model=ModelConfig()))
