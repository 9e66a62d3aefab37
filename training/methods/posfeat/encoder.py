# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ResNet up to its third layer, with the names of parameters that torchvision gives them."""
from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from residual_features_ros.errors import unknown

EXPANSION = {'basic': 1, 'bottleneck': 4}


class Block(nn.Module):
    """A residual block (He et al. 2015): two 3x3 convolutions, or 1x1, 3x3, 1x1.

    The stride is that of the first 3x3 convolution.
    """

    def __init__(self, kind: str, inputs: int, width: int, stride: int) -> None:
        """Make a block of `width` channels, times EXPANSION at its end."""
        super().__init__()
        outputs = width * EXPANSION[kind]
        shapes = {'basic': [(inputs, width, 3, stride), (width, outputs, 3, 1)],
                  'bottleneck': [(inputs, width, 1, 1), (width, width, 3, stride),
                                 (width, outputs, 1, 1)]}[kind]
        self.count = len(shapes)
        for number, shape in enumerate(shapes, 1):
            self.add_module(f'conv{number}', convolution(*shape))
            self.add_module(f'bn{number}', nn.BatchNorm2d(shape[1]))
        self.downsample = nn.Sequential(convolution(inputs, outputs, 1, stride),
                                        nn.BatchNorm2d(outputs)) \
            if stride > 1 or inputs != outputs else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C', H / stride, W / stride)."""
        kept = self.downsample(x)
        for number in range(1, self.count + 1):
            x = getattr(self, f'bn{number}')(getattr(self, f'conv{number}')(x))
            if number < self.count:
                x = torch.relu(x)
        return torch.relu(x + kept)


class Encoder(nn.Module):
    """ResNet without its fourth layer: maps at H/4 (before and after layer 1), H/8 and H/16."""

    layer1: nn.Sequential
    layer2: nn.Sequential
    layer3: nn.Sequential

    def __init__(self, kind: str, blocks: tuple[int, ...], width: int) -> None:
        """Make the layers with random weights; ConfigError for an unknown kind of block."""
        super().__init__()
        if kind not in EXPANSION:
            raise unknown('model.block', kind, EXPANSION)
        self.conv1 = convolution(3, width, 7, 2)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs, self.channels = width, [width]
        for number, count in enumerate(blocks, 1):
            layer = []
            for place in range(count):
                stride = 2 if number > 1 and place == 0 else 1
                layer.append(Block(kind, inputs, width * 2**(number - 1), stride))
                inputs = width * 2**(number - 1) * EXPANSION[kind]
            self.add_module(f'layer{number}', nn.Sequential(*layer))
            self.channels.append(inputs)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode='fan_out', nonlinearity='relu')

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(B, 3, H, W) -> four maps with self.channels channels, at H/4, H/4, H/8 and H/16."""
        stem = self.maxpool(torch.relu(self.bn1(self.conv1(image))))
        first = self.layer1(stem)
        second = self.layer2(first)
        return stem, first, second, self.layer3(second)

    def load_torchvision(self, weights: Mapping[str, Tensor], name: str) -> None:
        """Take the weights of torchvision's ResNet; what comes after layer 3 is left.

        Raises:
            ValueError: a tensor is missing or of another shape; names it and the file `name`.
        """
        here = self.state_dict()
        for key, value in here.items():
            if key.endswith('num_batches_tracked'):
                continue
            found = tuple(weights[key].shape) if key in weights else None
            if found != tuple(value.shape):
                raise ValueError(f'{name}: expected {key} of shape {tuple(value.shape)}, found '
                                 f'{found or "none"}; is it the ResNet of model.block and blocks?')
        self.load_state_dict({key: weights.get(key, value) for key, value in here.items()})


def convolution(inputs: int, outputs: int, side: int, stride: int) -> nn.Conv2d:
    """Return a padded convolution without bias."""
    return nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False)
