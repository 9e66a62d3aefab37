# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""PoSFeat's networks: ResUNet for descriptors, a shallow net for keypoints (supplement, 1)."""
from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.methods.posfeat.config import ModelConfig
from training.methods.posfeat.encoder import Encoder
from training.networks import SampledRows

STRIDE = 4
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, of RGB


class PoSFeatNetwork(nn.Module):
    """h finds and describes, f reads h's map at keypoints."""

    def __init__(self, config: ModelConfig) -> None:
        """Make both parts with random weights."""
        super().__init__()
        self.h = Features(config)
        self.f = SampledRows(config.dim)


class Features(nn.Module):
    """h: description and detection, whose scores never change the description (section 3.3)."""

    def __init__(self, config: ModelConfig) -> None:
        """Make both nets with random weights."""
        super().__init__()
        self.description = Description(config)
        self.detection = Detection(config.dim + config.width, config.detector)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) -> scores (B, H, W), descriptors (B, D, H/4, W/4) of any length."""
        dense, stem = self.description(image)
        return self.detection(dense.detach(), stem.detach(), image), dense


class Description(nn.Module):
    """ResUNet as CAPS has it: a ResNet to layer 3, two steps up with what is skipped, 1x1."""

    def __init__(self, config: ModelConfig) -> None:
        """Make the layers with random weights."""
        super().__init__()
        self.encoder = Encoder(config.block, config.blocks, config.width)
        _, quarter, eighth, sixteenth = self.encoder.channels
        low, high = config.decoder
        self.up3, self.join3 = Unit(sixteenth, low, 3), Unit(eighth + low, low, 3)
        self.up2, self.join2 = Unit(low, high, 3), Unit(quarter + high, high, 3)
        self.last = Unit(high, config.dim, 1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) -> descriptors (B, D, H/4, W/4), the stem's map (B, C, H/4, W/4)."""
        stem, quarter, eighth, x = self.encoder(image)
        # (B, C, H/16, W/16) -> (B, C, H/8, W/8) -> (B, C, H/4, W/4)
        x = self.join3(torch.cat([eighth, self.up3(enlarge(x, eighth))], 1))
        x = self.join2(torch.cat([quarter, self.up2(enlarge(x, quarter))], 1))
        return self.last(x), stem


class Unit(nn.Module):
    """Convolution, BatchNorm, ELU."""

    def __init__(self, inputs: int, outputs: int, side: int) -> None:
        """Make the layer."""
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, side, padding=side // 2)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C', H, W)."""
        return functional.elu(self.bn(self.conv(x)))


class Detection(nn.Module):
    """Scores of pixels from features and image (supplement, figure 1)."""

    def __init__(self, features: int, channels: tuple[int, ...]) -> None:
        """Make the layers: channels as ModelConfig.detector."""
        super().__init__()
        low, image, last = channels[0] or features, channels[1], channels[2]
        self.conv1 = nn.Conv2d(features, low, 3, padding=1)
        self.convimg = nn.Conv2d(3, image, 3, padding=1)
        self.conv2 = nn.Conv2d(low + image, last, 3, padding=1)
        self.conv3 = nn.Conv2d(last, 1, 1)
        self.prelu = nn.PReLU()  # one slope for both layers

    def forward(self, dense: Tensor, stem: Tensor, image: Tensor) -> Tensor:
        """(B, D, H/4, W/4), (B, C, H/4, W/4), (B, 3, H, W) -> (B, H, W), positive."""
        features = torch.cat([dense, stem], 1)  # (B, D + C, H/4, W/4)
        x = self.prelu(normalise(self.conv1(features)))
        # (B, C, H/4, W/4) -> (B, C, H, W)
        x = functional.interpolate(x, image.shape[2:], mode='bilinear', align_corners=False)
        x = torch.cat([x, normalise(self.convimg(image))], 1)
        x = self.prelu(normalise(self.conv2(x)))
        # (B, 1, H, W) -> (B, H, W)
        return functional.softplus(normalise(self.conv3(x)).squeeze(1))


def normalise(x: Tensor) -> Tensor:
    """Instance normalisation (B, C, H, W) -> fp32: in fp16 a whole image's sum overflows."""
    with torch.autocast(x.device.type, enabled=False):
        return functional.instance_norm(x.float())


def enlarge(x: Tensor, like: Tensor) -> Tensor:
    """Enlarge (B, C, H, W) to the size of a map, corners on corners."""
    return functional.interpolate(x, like.shape[2:], mode='bilinear', align_corners=True)
