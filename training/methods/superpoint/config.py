# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of SuperPoint: the networks, its homographies, labels and losses, three stages."""
from __future__ import annotations

from dataclasses import dataclass, field

from training.config import OptimConfig, RunConfig


@dataclass(frozen=True)
class ModelConfig:
    """The network of section 3.

    widths: channels of the encoder's four blocks of two layers. head: of both heads' hidden layer.
    dim: length of a descriptor. batch_norm: between each 3x3 convolution and its ReLU.
    """

    widths: tuple[int, int, int, int] = (64, 64, 128, 128)
    head: int = 256
    dim: int = 256
    batch_norm: bool = False


@dataclass(frozen=True)
class ViewConfig:
    """Random homographies of homographic adaptation and of training pairs (section 5.2).

    A rectangle of patch_ratio of the image's sides is deformed, scaled, moved and turned within
    the image, and becomes that rectangle again. perspective: standard deviation of the corners'
    shift as a share of the image's side; scale: of the size around 1; both truncated at two
    deviations. rotation_deg: half-width of the range of `angles` evenly spaced angles.
    """

    patch_ratio: float = 0.85
    perspective: float = 0.1
    scale: float = 0.1
    rotation_deg: float = 90.0
    angles: int = 25


@dataclass(frozen=True)
class LabelConfig:
    """Homographic adaptation (section 5): the points that a detector finds in many warps.

    homographies: N_h of equation 10, the identity among them. size: (width, height) that
    photographs are brought to, of which data.size is cut. most: points of a photograph.
    photographs: how many get labels, 0 = all. teacher: whose scores the first round averages,
    'magicpoint', or 'corners', Shi and Tomasi's response.
    """

    homographies: int = 100
    size: tuple[int, int] = (320, 240)
    threshold: float = 0.015
    nms_radius: int = 4
    most: int = 600
    photographs: int = 0
    teacher: str = 'magicpoint'


@dataclass(frozen=True)
class LossConfig:
    """What is minimised over a pair (section 3.4).

    descriptor: 'dense', all pairs of cells (equations 4 to 6), or 'sparse', `positives` places of
    view 1 with `negatives` others of view 2 each, of which those beyond the margin count.
    weight: lambda of equation 1. positive_weight: lambda_d of equation 6. The margins are m_p and
    m_n. near_px: places of view 2 closer than this to the true one are no negatives.
    """

    descriptor: str = 'dense'
    weight: float = 1e-4
    positive_margin: float = 1.0
    negative_margin: float = 0.2
    positive_weight: float = 250.0
    near_px: float = 8.0
    positives: int = 1000
    negatives: int = 100


@dataclass(frozen=True)
class StagesConfig:
    """The three stages.

    magicpoint: the detector on drawings (section 4). adapted: the detector on the labels that
    MagicPoint gives photographs. joint: detector and descriptor on the labels that the adapted
    detector gives; with adapted.steps = 0 they are MagicPoint's.
    """

    magicpoint: OptimConfig = field(default_factory=OptimConfig)
    adapted: OptimConfig = field(default_factory=OptimConfig)
    joint: OptimConfig = field(default_factory=OptimConfig)


@dataclass(frozen=True)
class SuperPointConfig(RunConfig):
    """A run of SuperPoint.

    threshold: of a keypoint's score at run time. drawing_size: (width, height) of synthetic
    shapes; the sizes of pairs and of labels are data.size and labels.size.
    """

    threshold: float = 1e-4
    drawing_size: tuple[int, int] = (320, 240)
    model: ModelConfig = field(default_factory=ModelConfig)
    views: ViewConfig = field(default_factory=ViewConfig)
    labels: LabelConfig = field(default_factory=LabelConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    stages: StagesConfig = field(default_factory=StagesConfig)
