# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the attention matcher: network, features, pairs and the one stage."""
from __future__ import annotations

from dataclasses import dataclass, field

from training.config import MotionConfig, OptimConfig, RunConfig


@dataclass(frozen=True)
class ModelConfig:
    """The network.

    width: values of a keypoint's state. layers: of attention to seeds and to the other image.
    heads: of attention to seeds; that to the other image has one. hidden: of the perceptron that
    takes in what was attended to. frequencies: of the encoding of places. dim: of descriptors.
    """

    width: int = 96
    layers: int = 4
    heads: int = 2
    hidden: int = 128
    frequencies: int = 8
    dim: int = 128


@dataclass(frozen=True)
class FeaturesConfig:
    """Whose keypoints the matcher learns from.

    method: what finds and describes them. other: another method with descriptors of the same
    network. other_share: how often it takes the place of `method` in a view. least, most: how many
    keypoints of a view take part in a step, the strongest or any.
    """

    method: str = 'residual_hessian_small'
    other: str = 'residual_akaze_small'
    other_share: float = 0.15
    least: int = 256
    most: int = 512


@dataclass(frozen=True)
class ScenesConfig:
    """What the pairs show: layered_share of them planes behind each other, which a camera passes.

    The others are related by a homography; of data.exposures, where it is given,
    data.exposure_share.
    """

    layered_share: float = 0.5
    motion: MotionConfig = field(default_factory=lambda: MotionConfig(
        zoom=1.4, sideways=0.45, forwards=0.3, astray=0.25, roll_deg=30.0, min_overlap=0.3))


@dataclass(frozen=True)
class LossConfig:
    """What is minimised.

    right_px: keypoints that are each other's nearest within it are a pair. far_px: what has no
    other within it has no partner. octave_px: pixels that an octave of difference in size counts.
    matchability: weight of telling who has a partner.
    """

    right_px: float = 3.0
    far_px: float = 5.0
    octave_px: float = 1.5
    matchability: float = 1.0


@dataclass(frozen=True)
class AttentionConfig(RunConfig):
    """A run of the attention matcher."""

    model: ModelConfig = field(default_factory=ModelConfig)
    features: FeaturesConfig = field(default_factory=FeaturesConfig)
    scenes: ScenesConfig = field(default_factory=ScenesConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optim: OptimConfig = field(default_factory=lambda: OptimConfig(
        steps=4000, batch=8, lr=1e-3, optimiser='adamw', weight_decay=1e-2, warmup_steps=200,
        clip_norm=1.0))
