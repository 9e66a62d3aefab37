# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Grey levels and h's input of images: the twins of image.to_grey and network.prepare."""
from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.networks import InputFormat

GREY = (9798.0, 19235.0, 3735.0)  # of red, green, blue: OpenCV's whole numbers, over 2**15
WHOLE = 32768.0


class GreyLevels(nn.Module):
    """Whole grey levels of images."""

    def __init__(self) -> None:
        """Hold the shares of the colours."""
        super().__init__()
        self.shares: Tensor
        self.register_buffer('shares', torch.tensor(GREY).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 1 or 3, H, W) uint8 grey or RGB -> (B, 1, H, W) float32."""
        levels = images.float()
        if images.shape[1] == 1:
            return levels
        return torch.floor(((levels * self.shares).sum(1, keepdim=True) + WHOLE / 2) / WHOLE)


def pad_to_multiple(levels: Tensor, multiple: int) -> Tensor:
    """Repeat the right and bottom edge of (B, C, H, W) until both sides are multiples."""
    height, width = levels.shape[2:]
    right, bottom = -width % multiple, -height % multiple
    if not right and not bottom:
        return levels
    return functional.pad(levels, (0, right, 0, bottom), mode='replicate')


def shrunk(levels: Tensor, shrink: int) -> Tensor:
    """Return the means of shrink x shrink pixels, whole grey levels as cv2.resize gives them."""
    if shrink == 1:
        return levels
    means = functional.avg_pool2d(levels, shrink)
    # OpenCV rounds halves up where it halves an image, and to even numbers elsewhere.
    return torch.floor(means + 0.5) if shrink == 2 else torch.round(means)


class Halved(nn.Module):
    """cv2.resize's INTER_AREA of images of one size, to half of it rounded up."""

    def __init__(self, width: int, height: int) -> None:
        """Hold what samples take of pixels, where a side is odd."""
        super().__init__()
        self.across: Tensor
        self.down: Tensor
        self.small = (width + 1) // 2, (height + 1) // 2
        self.is_even = width % 2 == height % 2 == 0
        for name, length in (('across', width), ('down', height)):
            self.register_buffer(name, shares(length), persistent=False)

    def forward(self, grey: Tensor) -> Tensor:
        """(B, 1, H, W) -> (B, 1, H / 2, W / 2), whole grey levels."""
        if self.is_even:
            return shrunk(grey, 2)
        return torch.round(self.down @ (grey @ self.across.T))


def shares(length: int) -> Tensor:
    """Return (S, length), the shares of pixels in the S = length / 2 samples that cover them."""
    small = (length + 1) // 2
    edges = torch.arange(small + 1, dtype=torch.float64) * (length / small)
    pixels = torch.arange(length, dtype=torch.float64)
    covered = (torch.minimum(edges[1:, None], pixels + 1)
               - torch.maximum(edges[:-1, None], pixels)).clamp_min(0)
    return (covered * (small / length)).float()


class NetworkInput(nn.Module):
    """What h takes of images, see model_card.ModelCard."""

    def __init__(self, form: InputFormat, shrink: int) -> None:
        """Hold how."""
        super().__init__()
        self.mean: Tensor
        self.std: Tensor
        self.form, self.shrink = form, shrink
        for name in ('mean', 'std'):
            values = torch.tensor(getattr(form, name)).view(1, -1, 1, 1)
            self.register_buffer(name, values, persistent=False)

    def forward(self, images: Tensor, grey: Tensor) -> Tensor:
        """(B, C, H, W) uint8 and its grey levels -> (B, channels, H' / shrink, W' / shrink)."""
        levels = images.float() if self.form.channels == images.shape[1] == 3 else grey
        small = shrunk(pad_to_multiple(levels, self.form.stride * self.shrink), self.shrink) / 255
        if self.form.per_image:
            return self.normalised(small, levels / 255)
        # One channel becomes as many as the mean has.
        values: Tensor = (small - self.mean) / self.std
        return values

    @staticmethod
    def normalised(small: Tensor, levels: Tensor) -> Tensor:
        """Give each image mean 0 and deviation 1, as network.normalise_each."""
        mean = levels.mean((1, 2, 3), keepdim=True)
        variance = (levels - mean).square().mean((1, 2, 3), keepdim=True)
        return (small - mean) / variance.sqrt().clamp_min(1 / 255)
