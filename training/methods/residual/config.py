# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the Residual method: networks, loss, and the one stage."""
from __future__ import annotations

from dataclasses import dataclass, field

from training.config import OptimConfig, RunConfig


@dataclass(frozen=True)
class ModelConfig:
    """Networks h and f.

    fusion: 'residual' starts at the hand-crafted score, 'paper' does not; 'windows' is 'residual'
    with windows of the image around the keypoint beside h, 'windows_alone' the same without h;
    'none' is h alone. window_sides: of windows, in diameters of the keypoint; each is cut in its
    frame and upright. width: of the hidden layers of f, 256 in the paper. shrink: h is trained
    with images of 1 / this of their size. dim: values of a descriptor, which a last linear layer
    makes of those of both halves; 0 for all of these. batch_norm: between each 3x3 convolution of
    h and its ReLU.
    """

    backbone: str = 'small'
    fusion: str = 'residual'
    handcrafted_dim: int = 128
    dense_dim: int = 128
    window_sides: tuple[float, ...] = (16.0, 56.0)
    width: int = 256
    shrink: int = 1
    dim: int = 0
    batch_norm: bool = False


@dataclass(frozen=True)
class LossConfig:
    """What is minimised over the positives of a pair.

    kind: 'infonce' (symmetric, temperature), 'places' (infonce in which every keypoint within
    positive_px of the true place is right, of whatever size and angle; and mutual_weight times the
    matches expected to be wrong less those expected to be right), 'hinge' (paper's equation 1,
    margin), 'ap' (average precision, bins), 'superpoint' (h's map alone,
    all pairs of cells; m_p, m_n and lambda_d of its equation 6) or 'distil' (h's map alone learns
    that of teacher: a checkpoint, a card or a shipped method). Keypoints within ignore_px of the
    true place are no negatives. negative: which of the others the hinge takes, the 'hardest', or
    'all': the mean over them, which is what a random one is expected to give.
    """

    kind: str = 'infonce'
    temperature: float = 0.07
    positive_px: float = 3.0
    mutual_weight: float = 0.0
    mutual_temperature: float = 0.03
    margin: float = 2.0
    negative: str = 'hardest'
    bins: int = 20
    ignore_px: float = 8.0
    positive_margin: float = 1.0
    negative_margin: float = 0.2
    positive_weight: float = 250.0
    teacher: str = ''


@dataclass(frozen=True)
class PlacesConfig:
    """Network p, which moves keypoints to their exact places, trained after h and f.

    It learns from homographies alone: with other data it stays as `pretrained` has it.

    width: of its first hidden layer; 0 = there is no p. side: of the upright window that it sees,
    in diameters of the keypoint. samples: along a side. softness: distance, in diameters, below
    which the loss is a square and above which it grows evenly, since some pairs are wrong.
    """

    width: int = 0
    side: float = 4.0
    samples: int = 16
    softness: float = 0.07
    optim: OptimConfig = field(default_factory=lambda: OptimConfig(
        steps=4000, batch=4, lr=2e-3, optimiser='adamw', weight_decay=1e-2))


NO_PLACES = PlacesConfig()


@dataclass(frozen=True)
class BitsConfig:
    """Network b, which makes bits of descriptors, trained alone beside what `pretrained` has.

    count: of bits, a multiple of 8; 0 = there is no b. with_f: whether f is trained too. teblid:
    whether b corrects TEBLID's bits, which are as many, instead of making its own.
    by_matches: whether pairs weigh by the matches that they allow, or all the same where
    optim.batch is 1.
    temperature: of the choice of the nearest, of similarities in [-1, 1]. wrong_weight: how much a
    wrong match costs that one right is worth. balance, independence: weights of the squared means
    of bits and of their squared products. loss.positive_px and ignore_px say what is right, wrong.
    """

    count: int = 0
    with_f: bool = False
    teblid: bool = False
    by_matches: bool = False
    temperature: float = 0.03
    wrong_weight: float = 0.3
    balance: float = 1.0
    independence: float = 1.0
    optim: OptimConfig = field(default_factory=lambda: OptimConfig(
        steps=1200, batch=1, lr=2e-4))


NO_BITS = BitsConfig()


@dataclass(frozen=True)
class ResidualConfig(RunConfig):
    """A run of the Residual method.

    frozen: the network, h or f, that stays as `pretrained` has it; '' for none.
    """

    handcrafted: str = 'rootsift'
    frozen: str = ''
    model: ModelConfig = field(default_factory=ModelConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    places: PlacesConfig = field(default_factory=PlacesConfig)
    bits: BitsConfig = field(default_factory=BitsConfig)
    optim: OptimConfig = field(default_factory=OptimConfig)
