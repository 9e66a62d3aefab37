# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The network of GoodPoint: SuperPoint's two-headed VGG without dustbin (section 3)."""
from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from residual_features_ros.errors import unknown
from training.methods.goodpoint.config import ModelConfig
from training.networks import SampledRows

STRIDE = 8
BIAS = 0.01


def layer(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> list[nn.Module]:
    """Return convolution, leaky ReLU, then BatchNorm: the order of the authors' code."""
    return [nn.Conv2d(inputs, outputs, size, stride, size // 2), nn.LeakyReLU(),
            nn.BatchNorm2d(outputs)]


def backbone(widths: Sequence[int]) -> nn.Sequential:
    """Return SuperPoint's VGG with two layers of each width, and a max-pooling between widths."""
    layers: list[nn.Module] = []
    previous = 1
    for number, width in enumerate(widths):
        if number:
            layers.append(nn.MaxPool2d(2))
        layers += layer(previous, width) + layer(width, width)
        previous = width
    return nn.Sequential(*layers)


BACKBONES = {'full': (64, 64, 128, 128), 'small': (16, 32, 64, 96)}


class TwoHeads(nn.Module):
    """h: a grey image -> probability of a keypoint at each pixel, and unit descriptors."""

    def __init__(self, config: ModelConfig) -> None:
        """Create backbone and heads; ConfigError for an unknown backbone."""
        super().__init__()
        if config.backbone not in BACKBONES:
            raise unknown('backbone', config.backbone, BACKBONES)
        widths = BACKBONES[config.backbone]
        self.backbone, width = backbone(widths), widths[-1]
        self.detector = nn.Sequential(*layer(width, config.head),
                                      *layer(config.head, STRIDE**2, size=1))
        self.descriptor = nn.Sequential(*layer(width, config.head),
                                        nn.Conv2d(config.head, config.dim, 1))

    def see(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 1, H, W) -> detector logits (B, 64, H/8, W/8), unit map (B, dim, H/8, W/8)."""
        shared = self.backbone(images)  # (B, 1, H, W) -> (B, C, H/8, W/8)
        dense = self.descriptor(shared).float()  # (B, C, H/8, W/8) -> (B, dim, H/8, W/8)
        norm = dense.norm(dim=1, keepdim=True).clamp_min(1e-8)
        return self.detector(shared).float(), dense / norm

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 1, H, W) -> scores (B, H, W), dense (B, dim, H/8, W/8)."""
        logits, dense = self.see(images)
        return to_pixels(logits.softmax(1)), dense


class GoodPoint(nn.Module):
    """h and f, which reads h's descriptors at keypoints and has nothing to learn."""

    def __init__(self, config: ModelConfig) -> None:
        """Create both; weights are Xavier's and biases 0.01, as in the authors' code."""
        super().__init__()
        self.h = TwoHeads(config)
        self.f = SampledRows(config.dim)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.constant_(module.bias, BIAS)

    def see(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 1, H, W) -> log-probabilities (B, H, W), unit descriptors (B, dim, H/8, W/8)."""
        logits, dense = self.h.see(images)
        return to_pixels(functional.log_softmax(logits, 1)), dense


def to_pixels(cells: Tensor) -> Tensor:
    """Turn (B, 64, H/8, W/8) into (B, H, W): channel 8 y + x is pixel (x, y) of the cell."""
    return functional.pixel_shuffle(cells, STRIDE)[:, 0]  # (B, 64, H/8, W/8) -> (B, H, W)
