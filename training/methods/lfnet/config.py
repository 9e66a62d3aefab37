# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of LF-Net: networks, keypoints, losses, and the one stage."""
from __future__ import annotations

from dataclasses import dataclass, field

from training.config import OptimConfig, RunConfig


@dataclass(frozen=True)
class ModelConfig:
    """Networks h (keypoints) and f (descriptors).

    channels, blocks: of the feature map. scales: score maps, at uniform intervals of the logarithm
    between 1 / largest_scale and largest_scale; 1 finds no scale. oriented: find an orientation.
    nms_side: pixels along the window of the soft non-maximum suppression, in which scores are
    multiplied by nms_strength; they are by merge_strength where scales are merged. widths: of the
    descriptor's convolutions; hidden: of its first fully-connected layer; dim: of the descriptor.
    """

    channels: int = 16
    blocks: int = 3
    scales: int = 5
    largest_scale: float = 2**0.5
    oriented: bool = True
    nms_side: int = 15
    nms_strength: float = 3.0
    merge_strength: float = 100.0
    widths: tuple[int, ...] = (64, 128, 256)
    hidden: int = 512
    dim: int = 256


@dataclass(frozen=True)
class KeypointConfig:
    """How keypoints are read off the score map, in training and at run time.

    count: of an image in training. nms_radius: half-width of the square whose largest score a
    keypoint has. border: pixels along the edges without keypoints. softargmax_radius and
    softargmax_temperature: as in detection.DetectorCard.
    """

    count: int = 512
    nms_radius: int = 2
    border: int = 16
    softargmax_radius: int = 4
    softargmax_temperature: float = 1.0


@dataclass(frozen=True)
class LossConfig:
    """What is minimised.

    sigma: of the target's Gaussians in pixels. pair, orientation, scale: weights of L_pair and
    L_geom beside the score's. margin: of the triplets. A negative is drawn among the hardest,
    hardest_first of them in the beginning and hardest_last at last, falling by
    exp(-hardest_decay * step / 1000); none lies within negative_px of the true place.
    """

    sigma: float = 0.5
    pair: float = 0.01
    orientation: float = 0.1
    scale: float = 0.1
    margin: float = 1.0
    hardest_first: int = 64
    hardest_last: int = 5
    hardest_decay: float = 0.6
    negative_px: float = 32.0


@dataclass(frozen=True)
class LFNetConfig(RunConfig):
    """A run of LF-Net."""

    model: ModelConfig = field(default_factory=ModelConfig)
    keypoints: KeypointConfig = field(default_factory=KeypointConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optim: OptimConfig = field(default_factory=OptimConfig)
