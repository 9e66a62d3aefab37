# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recipes of the Residual method: values only.

'ours' deviates from the paper where it leaves things open or where measuring paid: an f that
starts at the hand-crafted descriptor and sees windows of the image in the keypoint's frame,
symmetric InfoNCE over all keypoints within 3 px of the true place, cosine decay, wider photometric
range, keypoints detected in both views. 'paper' keeps section 3.3 and 4.1:
hinge with m = 2, Adam at 1e-3 throughout, batch 4, plain concatenation, and of photometric changes
noise, brightness, contrast, saturation and hue alone; their ranges, those of homographies and the
negative of the hinge, the hardest, are ours, since the paper does not give them, and so are the
first 100 steps at a lower rate, gradients of a norm of at most 1, and BatchNorm in h, without
which h's map grows without end or falls silent. 'finetune'
goes on from a checkpoint, on real pairs with depth and poses or on other photographs; the command
line keeps that checkpoint's networks and loss.
"""
from __future__ import annotations

import dataclasses

from residual_features_ros.errors import ConfigError, unknown
from residual_features_ros.keypoints.table import DETECTORS
from residual_features_ros.registry import METHODS, PAPERS_OWN
from training.config import DataConfig, OptimConfig, PhotometricConfig
from training.methods import recipes_of
from training.methods.residual.config import (
    BitsConfig,
    LossConfig,
    ModelConfig,
    PlacesConfig,
    ResidualConfig,
)

MEAN = (0.45, 0.45, 0.45)
STD = (0.25, 0.25, 0.25)
WIDE_WINDOW_SIDES = (3.0, 10.0)  # where a keypoint's diameter is that of what is described
# Of the narrow and the wide windows, where keypoints are twice as large beside what is described.
BLOB_SIDES = (8.0, 28.0)
ON_BLOBS = ('akaze', 'hessian')  # whose keypoints these are
# Windows at blobs are as wide as SIFT's, and h is the dearest part beside them: it sees a quarter
# of the image's size, and is trained so. At 640x480, since little is left of 320x240.
BLOB_SHRINK = 4
# Light changes more there than elsewhere, and of data.exposures, where it is given, every eighth
# pair is made.
BLOB_LIGHT = PhotometricConfig(exposure_stops=2.5, exposure_share=0.35, shade_share=0.25,
                               jpeg_share=0.25)
BLOB_DATA = DataConfig(size=(640, 480), keypoints=1000, validation_pairs=48, exposure_share=0.12,
                       photometric=BLOB_LIGHT)
# Section 4.1 names these five; the others, which are ours, are off.
PAPER_LIGHT = PhotometricConfig(gamma=1.0, blur_share=0.0, motion_share=0.0, grey_share=0.0)
BLOB_BATCH, BLOB_DIM = 2, 128
BLOB_PLACES = PlacesConfig(width=128)
BITS = 256  # as ORB has them
BACKBONES_OF = {'paper': 'full', 'full': 'full', 'half': 'half'}  # of networks; others are small
# A quarter of f's multiply-adds, half the windows.
TINY_SIDES, TINY_WIDTH = (28.0,), 64


def with_fusion(config: ResidualConfig, fusion: str) -> ResidualConfig:
    """Return the run with another fusion; one without fusion (cnn_*) stays without."""
    fusion = 'none' if config.model.fusion == 'none' else fusion
    return dataclasses.replace(config, model=dataclasses.replace(config.model, fusion=fusion))


def ours(config: ResidualConfig) -> ResidualConfig:
    """Return the loss over places, and windows beside h where there is a fusion."""
    config = dataclasses.replace(with_fusion(config, 'windows'),
                                 loss=LossConfig(kind='places', mutual_weight=1.0))
    if DETECTORS[config.handcrafted].finder not in ON_BLOBS:
        return config
    return dataclasses.replace(
        config, data=BLOB_DATA, places=BLOB_PLACES,
        model=dataclasses.replace(config.model, shrink=BLOB_SHRINK, dim=BLOB_DIM),
        optim=dataclasses.replace(config.optim, batch=BLOB_BATCH))


def paper(config: ResidualConfig) -> ResidualConfig:
    """Return the paper's loss, fusion, photometric changes and optimiser.

    2 epochs of COCO's 118,000 photographs are 59,000 steps; optim.epochs=2 is as many as there
    are at hand.
    """
    config = with_fusion(config, 'paper')
    return dataclasses.replace(
        config, loss=LossConfig(kind='hinge', margin=2.0),
        model=dataclasses.replace(config.model, batch_norm=True),
        data=dataclasses.replace(config.data, photometric=PAPER_LIGHT),
        optim=OptimConfig(steps=59_000, batch=4, lr=1e-3, schedule='constant', warmup_steps=100,
                          clip_norm=1.0))


def finetune(config: ResidualConfig) -> ResidualConfig:
    """Return the method's own recipe at a tenth of its rate, for pretrained=FILE.

    The paper fine-tunes for one epoch of 120,000 Phototourism pairs, optim.steps=30000, and gives
    no rate. In-plane rotation stays on, though upright photographs have little of it.
    """
    config = RECIPES[recipes_of(config.method)[0]](config)
    return dataclasses.replace(
        config, optim=OptimConfig(steps=3000, batch=config.optim.batch, lr=1e-4))


def convergence(config: ResidualConfig) -> ResidualConfig:
    """Return 'ours' with the paper's fusion, which starts from nothing: for training.study."""
    return with_fusion(ours(config), 'paper')


def binary(config: ResidualConfig, method: str, base: str) -> ResidualConfig:
    """Return the run of network b beside the shipped networks of `base`.

    ORB's keypoints lie so close to each other that f too has to tell them apart, and what sees
    least of the image does so best: TEBLID's bits, which b corrects.
    """
    bits = BitsConfig(count=BITS)
    if config.handcrafted == 'orb':
        bits = dataclasses.replace(
            bits, with_f=True, teblid=True, by_matches=True, temperature=0.02, wrong_weight=0.03,
            optim=OptimConfig(steps=1200, batch=1, lr=1e-3))
    return dataclasses.replace(config, method=method, pretrained=base, data=BLOB_DATA, bits=bits)


RECIPES = {'ours': ours, 'paper': paper, 'finetune': finetune, 'convergence': convergence}


def create(method: str, recipe: str = '') -> ResidualConfig:
    """Return the run of a method with a network, by its first recipe where none is named.

    cnn_* have no fusion: all 256 values of the descriptor are h's (section 4.5).

    Raises:
        ConfigError: an unknown method or recipe, which lists the known ones; windows in a method
            that is the paper's own.
    """
    trainable = [name for name, entry in METHODS.items() if entry.network and entry.detector]
    if method not in trainable:
        raise unknown('method', method, trainable)
    recipe = recipe or recipes_of(method)[0]
    if recipe not in RECIPES:
        raise unknown('recipe', recipe, RECIPES)
    entry = METHODS[method]
    if recipe == 'ours' and entry.network in PAPERS_OWN and entry.fused:
        raise ConfigError(f"{method} is the paper's model, which sees no windows: take one of "
                          '*_small for --recipe ours')
    if entry.base:
        return binary(create(entry.base, recipe), method, entry.base)
    detector = DETECTORS[entry.detector]
    model = ModelConfig(backbone=BACKBONES_OF.get(entry.network, 'small'),
                        handcrafted_dim=detector.dim)
    if detector.patch_diameters <= 1:
        model = dataclasses.replace(model, window_sides=WIDE_WINDOW_SIDES)
    on_blobs = detector.finder in ON_BLOBS
    if on_blobs:
        model = dataclasses.replace(model, window_sides=BLOB_SIDES)
    if entry.network == 'tiny':
        sides = tuple(side / 2 for side in TINY_SIDES) if on_blobs else TINY_SIDES
        model = dataclasses.replace(model, window_sides=sides, width=TINY_WIDTH)
    if not entry.fused:
        model = dataclasses.replace(model, fusion='none', dense_dim=256)
    return RECIPES[recipe](ResidualConfig(method=method, handcrafted=entry.detector, model=model))
