# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of GoodPoint: network, warps, noise, loss, and the stages."""
from __future__ import annotations

from dataclasses import dataclass, field

from training.config import OptimConfig, RunConfig


@dataclass(frozen=True)
class ModelConfig:
    """The network: 'full' is SuperPoint's VGG, 'small' a strided one for CPUs.

    head: channels between the two layers of either head. dim: length of descriptors.
    """

    backbone: str = 'full'
    head: int = 256
    dim: int = 256


@dataclass(frozen=True)
class HomographyConfig:
    """How each view of a crop is warped (section 5.2). Pixels are those of the crop.

    shift_px: of each corner by itself. perspective_px: of the two corners of one side, along it
    and against each other. scale: of the crop about its centre, least and most. pairs_alike: so
    many pairs in a row have one homography; the paper's are those of a batch.
    """

    shift_px: float = 14.0
    perspective_px: float = 85.0
    rotation_rad: float = 0.08
    scale: tuple[float, float] = (0.8, 1.3)
    pairs_alike: int = 1


@dataclass(frozen=True)
class NoiseConfig:
    """The six filters of section 5.1, in their order, in grey levels; the values are the code's.

    shade: least and most of what ellipses take away, a share of the light. salt_pepper: the share
    of pixels. contrast: factors. share: how likely each filter is.
    ruined: a filter is passed over that leaves a smaller share of the image's variance.
    """

    gaussian: float = 5.5
    brightness: float = 50.0
    shade: tuple[float, float] = (-0.25, 0.45)
    salt_pepper: float = 0.04
    motion_px: int = 5
    contrast: tuple[float, float] = (0.6, 1.05)
    share: float = 0.5
    ruined: float = 0.1


@dataclass(frozen=True)
class LossConfig:
    """What is minimised; the defaults are the equations as they are printed.

    first_window, second_window: pixels to a keypoint of either view (equations 5 and 6).
    distance_px: theta_dist. heatmaps: lambda_h. descriptors, keypoints: lambda_1 and lambda_2.
    matched_px: pairs of L_gt are nearer than that, 0 = any distance. wrong: which pairs of L_wrong
    are pushed apart, where neighbours by place and by descriptor differ: the 'geometric' ones
    (equation 12), further than wrong_px; or the 'descriptor' ones (the code), of which the second
    point is further than that from where it should be.
    shuffles: N_random. floor: wrong and random pairs of smaller similarity are left out.
    """

    first_window: int = 32
    second_window: int = 16
    distance_px: float = 4.0
    heatmaps: float = 2000.0
    descriptors: float = 1.0
    keypoints: float = 1.0
    matched_px: float = 0.0
    wrong: str = 'geometric'
    wrong_px: float = 7.0
    shuffles: int = 8
    floor: float = -2.0


@dataclass(frozen=True)
class CornerConfig:
    """Corners (Shi and Tomasi) of the views, which stage `corners` takes for keypoints.

    quality: of a corner's response, as a share of the view's strongest. apart_px: between two.
    """

    quality: float = 0.15
    apart_px: float = 8.0


@dataclass(frozen=True)
class StagesConfig:
    """The two stages.

    corners: equation 3 with corners in place of K' and K'_h, and without equation 4. The paper has
    no such stage: 0 steps. train: equations 1 to 13.
    """

    corners: OptimConfig = field(default_factory=lambda: OptimConfig(steps=0))
    train: OptimConfig = field(default_factory=OptimConfig)


@dataclass(frozen=True)
class GoodPointConfig(RunConfig):
    """A run of GoodPoint. threshold: of a keypoint's probability at run time, for the card."""

    threshold: float = 0.021
    model: ModelConfig = field(default_factory=ModelConfig)
    warp: HomographyConfig = field(default_factory=HomographyConfig)
    noise: NoiseConfig = field(default_factory=NoiseConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    corners: CornerConfig = field(default_factory=CornerConfig)
    stages: StagesConfig = field(default_factory=StagesConfig)
