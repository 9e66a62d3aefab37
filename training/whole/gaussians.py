# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The image at the scales of an octave, blurred by Gaussians as cv2.SIFT does."""
from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from residual_features_ros.keypoints.sift import LAYERS
from training.whole.blur import Blur

SIGMA = 1.6  # of the first image of an octave, in its pixels
PRESENT_SIGMA = 1.0  # of the upsampled image: 0.5 pixels of the image
SCALES = LAYERS + 3  # images of an octave
LEAST_SIDE = 16  # of an octave, which its blurs need


def doubled(grey: Tensor) -> Tensor:
    """Return (B, 1, 2 H, 2 W), with pixels of (B, 1, H, W) at even places and means between."""
    for axis in (2, 3):
        after = functional.pad(grey, (0, int(axis == 3), 0, int(axis == 2)), mode='replicate')
        after = after.narrow(axis, 1, int(grey.shape[axis]))
        grey = torch.stack([grey, (grey + after) / 2], axis + 1).flatten(axis, axis + 1)
    return grey


def side_of(sigma: float) -> int:
    """Return the side of OpenCV's kernel of a Gaussian of float images."""
    return round(8 * sigma + 1) | 1


def every_other(length: int) -> Tensor:
    """Return the places (length // 2,) that OpenCV's INTER_NEAREST takes of an axis."""
    short = length // 2
    return (torch.arange(short, dtype=torch.float64) * (length / short)).long()


class Octave(nn.Module):
    """The images of an octave."""

    def __init__(self, width: int, height: int, present: float) -> None:
        """Hold the blurs from scale to scale.

        Args:
            width: of the images.
            height: of the images.
            present: sigma of the given one, at most SIGMA.
        """
        super().__init__()
        self.rows: Tensor
        self.columns: Tensor
        self.size = height, width
        wanted = [SIGMA * 2 ** (layer / LAYERS) for layer in range(SCALES)]
        sigmas = [math.sqrt(after**2 - before**2)
                  for before, after in zip([present, *wanted], wanted, strict=False)]
        self.blurs = nn.ModuleList(
            Blur(width, height, sigma, side_of(sigma)) if sigma else nn.Identity()
            for sigma in sigmas)
        for name, length in (('rows', height), ('columns', width)):
            self.register_buffer(name, every_other(length), persistent=False)

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, 1, H, W) -> SCALES of them."""
        scales = []
        for blur in self.blurs:
            image = blur(image)
            scales.append(image)
        return scales

    def following(self, scales: Sequence[Tensor]) -> Tensor:
        """Return the given image of the next octave."""
        image, (height, width) = scales[LAYERS], self.size
        if height % 2 == 0 and width % 2 == 0:
            return image[..., ::2, ::2]
        return image[..., self.rows, :][..., self.columns]
