# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of PoSFeat: networks, data, both losses and both stages."""
from __future__ import annotations

from dataclasses import dataclass, field

from training.config import DataConfig, MotionConfig, OptimConfig, RunConfig


@dataclass(frozen=True)
class ModelConfig:
    """Networks of h.

    block: 'bottleneck' (ResNet-50) or 'basic' (ResNet-18). blocks: their number in layers 1 to 3.
    width: channels of the stem; layers 1 to 3 have 1, 2 and 4 times that, bottlenecks 4 times more
    at their ends. decoder: channels at H/8 and at H/4. dim: of descriptors.
    detector: channels of the detection net: from the features, from the image, of the last layer;
    0 for the features' own number.
    """

    block: str = 'bottleneck'
    blocks: tuple[int, ...] = (3, 4, 6)
    width: int = 64
    decoder: tuple[int, ...] = (512, 256)
    dim: int = 128
    detector: tuple[int, ...] = (0, 64, 128)


@dataclass(frozen=True)
class SearchConfig:
    """Stage 1: search and loss, equations 1 to 8.

    strategy: 'line' searches the epipolar line, 'coarse' the whole view at the centres of the
    cells of the queries' grid (coarse-to-fine, as CAPS); then both search a window.
    cell: pixels of a grid with a query in each cell (g_d). line_samples: N_line. window: w_patch,
    the window's side as a share of the image's. jitter: range of the window's shift in halves of
    its side, along each axis, after the line alone. temperature: cosines are multiplied by it.
    spread: sigma is the 'variance' of equation 8, or the 'deviation' of the code, in pixels.
    whole_view: weight of equation 7 for what the coarse search expects, beside 1 of the window.
    """

    strategy: str = 'line'
    cell: int = 16
    line_samples: int = 100
    window: float = 0.1
    jitter: tuple[float, ...] = (0.0, 1.0)
    temperature: float = 60.0
    spread: str = 'variance'
    whole_view: float = 1.0


@dataclass(frozen=True)
class PolicyConfig:
    """Stage 2: rewards of keypoints, equations 9 to 11.

    cell: pixels of a grid with at most one keypoint in each cell (g_k). near_px: epsilon. right,
    wrong, keypoint: lambda_p, lambda_n and lambda_reg. certain: positives are left out whose
    matching probability is below. temperature: cosines are multiplied by it.
    matches: whether log P_m is rewarded besides log P_kp (DISK), which descriptors learn from.
    ramp_steps: wrong and keypoint grow from 0 over so many steps: from random descriptors charges
    teach to have no keypoints (DISK).
    """

    cell: int = 8
    near_px: float = 2.0
    right: float = 1.0
    wrong: float = -0.25
    keypoint: float = -0.001
    certain: float = 0.9
    temperature: float = 60.0
    matches: bool = False
    ramp_steps: int = 0


@dataclass(frozen=True)
class KeypointConfig:
    """How keypoints are read off the scores: residual_features_ros.detection.DetectorCard."""

    threshold: float = 0.9
    nms_radius: int = 1
    border: int = 1
    softargmax_radius: int = 1
    softargmax_temperature: float = 1.0


def sgd(steps: int) -> OptimConfig:
    """Return the paper's optimiser (section 4.1)."""
    return OptimConfig(steps=steps, batch=6, lr=1e-3, optimiser='sgd', schedule='constant',
                       warmup_steps=0)


@dataclass(frozen=True)
class Stages:
    """Steps, batch and optimiser of both stages; the paper's."""

    describe: OptimConfig = field(default_factory=lambda: sgd(100_000))
    detect: OptimConfig = field(default_factory=lambda: sgd(5_000))


@dataclass(frozen=True)
class PoSFeatConfig(RunConfig):
    """A run of PoSFeat.

    encoder: a file with torchvision's state_dict of the ResNet, which the encoder starts with;
    'random' for random weights, which a network of basic blocks starts with anyway.
    pipeline: 'decoupled' trains the description, then the detection; 'joint' both at once, with
    the gradients of both losses in the description, in one stage as long as `describe`.
    descriptors: weight of equation 7 in joint training, beside 1 of equation 10; 0 leaves the
    descriptors to the rewards.
    data.kind: 'planes' makes pairs of single photographs, 'caps' and 'posed' (data.sources.posed)
    have photographs with poses, the kinds of DataConfig with depth give their poses.
    """

    encoder: str = ''
    pipeline: str = 'decoupled'
    descriptors: float = 1.0
    data: DataConfig = field(default_factory=lambda: DataConfig(kind='planes', size=(640, 480)))
    motion: MotionConfig = field(default_factory=MotionConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    policy: PolicyConfig = field(default_factory=PolicyConfig)
    keypoints: KeypointConfig = field(default_factory=KeypointConfig)
    stages: Stages = field(default_factory=Stages)
