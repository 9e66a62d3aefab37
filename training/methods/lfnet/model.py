# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""LF-Net's networks (section 3.1): h gives maps of scores, scale and orientation, f describes."""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.methods.lfnet.config import ModelConfig
from training.networks import Fusion, unit

SLOPE = 0.2
LEAST_VARIANCE = 1e-3  # of a score map, as in the authors' code
LEAST_EXPONENT = -80.0  # exp() of it is still a normal number in float32
PATCH = 32  # samples along the side of what f sees


class Block(nn.Module):
    """Pre-activated residual block of two 5x5 convolutions."""

    def __init__(self, channels: int) -> None:
        """Create it."""
        super().__init__()
        self.layers = nn.Sequential(
            *activated(channels), nn.Conv2d(channels, channels, 5, padding=2),
            *activated(channels), nn.Conv2d(channels, channels, 5, padding=2))

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        return features + self.layers(features)


def activated(channels: int) -> tuple[nn.Module, nn.Module]:
    """Return batch normalisation and leaky ReLU."""
    return nn.BatchNorm2d(channels), nn.LeakyReLU(SLOPE)


class Detector(nn.Module):
    """h: grey image, normalised -> scores, and scale and orientation where they are estimated."""

    def __init__(self, config: ModelConfig) -> None:
        """Create it; the orientation starts as 0 degrees everywhere."""
        super().__init__()
        self.scales: Tensor
        self.config = config
        self.factors = scale_factors(config)
        self.register_buffer('scales', torch.tensor(self.factors), persistent=False)
        self.features = nn.Sequential(
            nn.Conv2d(1, config.channels, 5, padding=2),
            *(Block(config.channels) for _ in range(config.blocks)), *activated(config.channels))
        self.scores = nn.ModuleList(
            nn.Conv2d(config.channels, 1, 5, padding=2) for _ in self.factors)
        self.orientation = nn.Conv2d(config.channels, 2, 5, padding=2) if config.oriented else None
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.xavier_uniform_(layer.weight)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        if self.orientation is not None and self.orientation.bias is not None:
            nn.init.zeros_(self.orientation.weight)
            with torch.no_grad():
                self.orientation.bias.copy_(torch.tensor([1.0, 0.0]))

    @property
    def maps(self) -> tuple[str, ...]:
        """Return the names of what forward() returns."""
        return ('scores', *(['scale'] if len(self.factors) > 1 else []),
                *(['orientation'] if self.orientation is not None else []))

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """(B, 1, H, W) -> (B, H, W) scores[, (B, H, W) scale][, (B, 2, H, W) cosine, sine]."""
        features = self.features(images)  # (B, 1, H, W) -> (B, C, H, W)
        sharp = torch.cat([self.response(features, number)
                           for number in range(len(self.factors))], 1)  # (B, N, H, W)
        scores, scale = merge(sharp, self.scales, self.config.merge_strength)
        found = [scores]
        if len(self.factors) > 1:
            found.append(scale)
        if self.orientation is not None:
            turn = self.orientation(features).float()  # (B, C, H, W) -> (B, 2, H, W)
            found.append(turn / turn.norm(dim=1, keepdim=True).clamp_min(1e-6))
        return tuple(found)

    def response(self, features: Tensor, number: int) -> Tensor:
        """Return the sharpened score map h^n of one scale at the image's size, (B, 1, H, W).

        A keypoint of scale s is found in the feature map resized by 1 / s.
        """
        factor, resized = self.factors[number], features
        if factor != 1:
            resized = functional.interpolate(  # (B, C, H, W) -> (B, C, H / s, W / s)
                features, scale_factor=1 / factor, mode='bilinear', align_corners=False)
        with torch.autocast(features.device.type, enabled=False):  # sums over the whole image
            logits = instance_norm(self.scores[number](resized.float()))
            sharp = soft_nms(logits, self.config.nms_side, self.config.nms_strength)
            if factor == 1:
                return sharp
            return functional.interpolate(  # (B, 1, H / s, W / s) -> (B, 1, H, W)
                sharp, size=features.shape[2:], mode='bilinear', align_corners=False)


def scale_factors(config: ModelConfig) -> tuple[float, ...]:
    """Return the scales from the largest to the smallest, the middle one exactly 1."""
    half = np.log(config.largest_scale) if config.scales > 1 else 0.0
    return tuple(float(np.exp(place)) for place in np.linspace(half, -half, config.scales))


def instance_norm(logits: Tensor) -> Tensor:
    """Give each map of (B, C, H, W) mean 0 and deviation 1, without learned factors."""
    centred = logits - logits.mean((2, 3), keepdim=True)
    return centred / (centred.square().mean((2, 3), keepdim=True) + LEAST_VARIANCE).sqrt()


def soft_nms(logits: Tensor, side: int, strength: float) -> Tensor:
    """Return the softmax of each place over the window around it, of logits (B, C, H, W).

    What lies outside the image does not count. Exact where a window's largest logit is less than
    80 / strength below the image's.
    """
    most = logits.amax((2, 3), keepdim=True)
    weights = (strength * (logits - most)).clamp_min(LEAST_EXPONENT).exp()
    half = side // 2
    down = functional.avg_pool2d(weights, (side, 1), 1, (half, 0)) * side
    return weights / (functional.avg_pool2d(down, (1, side), 1, (0, half)) * side)


def merge(sharp: Tensor, scales: Tensor, strength: float) -> tuple[Tensor, Tensor]:
    """Merge the score maps (B, N, H, W) of all scales (N,) (equation 1).

    Returns:
        S (B, H, W) and the softargmax over the scales (B, H, W).
    """
    share = (strength * sharp).softmax(1)
    # (N,) -> (1, N, 1, 1)
    return (sharp * share).sum(1), (scales.view(1, -1, 1, 1) * share).sum(1)


class Descriptor(Fusion):
    """f: patches of the photograph -> unit rows."""

    inputs = ('windows',)

    def __init__(self, config: ModelConfig) -> None:
        """Create it."""
        super().__init__()
        self.dim = config.dim
        layers: list[nn.Module] = []
        for before, after in zip((1, *config.widths), config.widths, strict=False):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.BatchNorm2d(after),
                       nn.ReLU()]
        left = PATCH >> len(config.widths)
        self.convolutions = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Linear(config.widths[-1] * left**2, config.hidden),
                                  nn.BatchNorm1d(config.hidden), nn.ReLU(),
                                  nn.Linear(config.hidden, config.dim))

    def forward(self, windows: Tensor) -> Tensor:
        """(B, N, 1, 32, 32) -> (B, N, dim)."""
        seen = self.convolutions(windows.flatten(0, 1))  # (B, N, 1, 32, 32) -> (B * N, C, 4, 4)
        rows = self.head(seen.flatten(1)).float()  # (B * N, C, 4, 4) -> (B * N, dim)
        return unit(rows).unflatten(0, windows.shape[:2])  # (B * N, dim) -> (B, N, dim)


class LFNet(nn.Module):
    """h and f together."""

    def __init__(self, config: ModelConfig) -> None:
        """Create both."""
        super().__init__()
        self.h, self.f = Detector(config), Descriptor(config)
