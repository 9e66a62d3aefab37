# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The network of SuperPoint: one encoder, a head for points and one for descriptors."""
from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.methods.superpoint.config import ModelConfig
from training.networks import SampledRows, convolution

STRIDE = 8
BINS = STRIDE * STRIDE + 1  # a cell's pixels, and the dustbin: no point in this cell
DUSTBIN = STRIDE * STRIDE


class SuperPointNetwork(nn.Module):
    """h: grey image in [0, 1] -> scores of pixels and a map of descriptors (figure 3)."""

    def __init__(self, config: ModelConfig) -> None:
        """Create encoder and heads with random weights."""
        super().__init__()
        self.encoder = encoder(config)
        last = config.widths[-1]
        self.detector = head(last, config.head, BINS, config.batch_norm)
        self.descriptor = head(last, config.head, config.dim, config.batch_norm)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 1, H, W) -> scores (B, H, W), descriptors (B, D, H/8, W/8), not normalised."""
        logits, dense = self.raw(images)
        return scores_of(logits), dense

    def raw(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 1, H, W) -> logits (B, 65, H/8, W/8), descriptors (B, D, H/8, W/8)."""
        features = self.encoder(images)  # (B, 1, H, W) -> (B, C, H/8, W/8)
        return self.detector(features), self.descriptor(features)

    def points(self, images: Tensor) -> Tensor:
        """(B, 1, H, W) -> logits (B, 65, H/8, W/8) of the detector alone: MagicPoint."""
        return self.detector(self.encoder(images))


class SuperPoint(nn.Module):
    """h, and f that reads its map at the points."""

    def __init__(self, config: ModelConfig) -> None:
        """Create both."""
        super().__init__()
        self.h = SuperPointNetwork(config)
        self.f = SampledRows(config.dim)


def encoder(config: ModelConfig) -> nn.Sequential:
    """Return the VGG-like encoder of section 3.1: pooling after all blocks but the last."""
    layers: list[nn.Module] = []
    before = 1
    for number, width in enumerate(config.widths):
        if number:
            layers.append(nn.MaxPool2d(2))
        layers += (convolution(before, width, config.batch_norm)
                   + convolution(width, width, config.batch_norm))
        before = width
    return nn.Sequential(*layers)


def head(before: int, width: int, channels: int, batch_norm: bool) -> nn.Sequential:
    """Return a head of sections 3.2 and 3.3: 3x3, then 1x1."""
    return nn.Sequential(*convolution(before, width, batch_norm),
                         nn.Conv2d(width, channels, 1))


def scores_of(logits: Tensor) -> Tensor:
    """Return the probability of each pixel (B, H, W): softmax, no dustbin, cells to pixels."""
    probabilities = logits.float().softmax(1)[:, :DUSTBIN]  # (B, 65, h, w) -> (B, 64, h, w)
    return functional.pixel_shuffle(probabilities, STRIDE).squeeze(1)  # (B, 64, h, w) -> (B, H, W)


def as_input(images: Tensor) -> Tensor:
    """(B, H, W) grey uint8 -> (B, 1, H, W) float in [0, 1], as network.prepare."""
    blob = images[:, None].float() / 255  # (B, H, W) -> (B, 1, H, W)
    return blob.contiguous(memory_format=torch.channels_last)
