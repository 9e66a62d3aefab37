# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Windows of the image around keypoints, in their frames: what the fusion 'windows' looks at.

A hand-crafted descriptor sees about 6 diameters of its keypoint. Windows of several times that,
turned and scaled like the keypoint, add context that moves with it; windows that stay upright help
where the two views' orientations disagree.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

SAMPLES = 12
WIDTHS = (32, 64)
LEVELS = 6
COARSEST = 3  # levels above are this one's size, blurred
LEAST_VARIANCE = 4e-4  # of normalised pixels: a window flatter than that stays flat


@dataclass(frozen=True)
class Window:
    """A square around a keypoint.

    side: in diameters of the keypoint. turned: by its angle.
    """

    side: float
    turned: bool = True


TURNED = (Window(16), Window(56))
UPRIGHT = (Window(16, turned=False), Window(56, turned=False))


def pyramid(image: Tensor) -> Tensor:
    """Put an image's pyramid into one map, so that one sampling reads all levels.

    Level 0 is at the left; right of it, from top to bottom, level 1, level 2 (twice), and levels 3
    to 5 (5 twice), twice. Levels 4 and 5 are level 3 blurred.

    Args:
        image: (B, 3, H, W), sides multiples of 8.

    Returns:
        (B, 1, H, 1.5 W), the mean of the channels.
    """
    level_0 = image.mean(1, keepdim=True)
    level_1 = functional.avg_pool2d(level_0, 2)
    level_2 = functional.avg_pool2d(level_1, 2)
    level_3 = functional.avg_pool2d(level_2, 2)
    level_4 = blur(blur(level_3, 3), 3)
    level_5 = blur(blur(level_4, 5), 5)
    row = torch.cat([level_3, level_4, level_5, level_5], 3)
    right = torch.cat([level_1, torch.cat([level_2, level_2], 3), row, row], 2)
    return torch.cat([level_0, right], 3)


def blur(level: Tensor, size: int) -> Tensor:
    """Return the means of size x size cells; at the border of those that exist."""
    return functional.avg_pool2d(level, size, 1, size // 2, count_include_pad=False)


def window_grid(keypoints: Tensor, window: Window, height: int, width: int) -> Tensor:
    """Return where in the pyramid's map the samples of a window lie.

    The level is the one whose cells are nearest to the distance between samples. Samples outside
    the image take its border's value.

    Args:
        keypoints: (B, N, 4) x, y, size, angle.
        window: which.
        height: of the image.
        width: of the image.

    Returns:
        (B, N, SAMPLES * SAMPLES, 2) for grid_sample(align_corners=False).
    """
    x, y, size, angle = keypoints.unbind(2)
    step = window.side / SAMPLES * size
    level = torch.log2(step.clamp_min(1e-3)).round().clamp(0, LEVELS - 1)
    shrink = torch.pow(0.5, level.clamp_max(COARSEST))
    right = (level > 0).to(x)
    offset_x = width * right + (level - COARSEST).clamp_min(0) * (width / 2**COARSEST)
    offset_y = height * (1 - 2 * shrink) * right
    turn = angle * (math.pi / 180) if window.turned else torch.zeros_like(angle)
    along, across = torch.cos(turn) * step * shrink, torch.sin(turn) * step * shrink

    places = torch.arange(SAMPLES, device=x.device, dtype=x.dtype) - (SAMPLES - 1) / 2
    v, u = torch.meshgrid(places, places, indexing='ij')
    basis = torch.stack([torch.ones_like(u), u, v]).flatten(1)  # (3, samples)
    axes = []
    for centre, offset, length, whole, by_u, by_v in (
            (x, offset_x, width, 1.5 * width, along, -across),
            (y, offset_y, height, height, across, along)):
        # Pixel p of the map is at (2 p + 1) / whole - 1; those of a level begin at `offset`.
        middle = 2 * ((centre + 0.5) * shrink + offset) / whole - 1
        first = (2 * offset + 1) / whole - 1
        last = (2 * (offset + length * shrink) - 1) / whole - 1
        spread = 2 / whole
        place = torch.stack([middle, by_u * spread, by_v * spread], 2) @ basis  # (B, N, samples)
        axes.append(torch.minimum(torch.maximum(place, first[..., None]), last[..., None]))
    return torch.stack(axes, 3)


def cut_windows(levels: Tensor, keypoints: Tensor, windows: tuple[Window, ...]) -> Tensor:
    """Cut windows out and give each mean 0 and standard deviation 1.

    Args:
        levels: (B, 1, H, 1.5 W) of `pyramid`.
        keypoints: (B, N, 4).
        windows: one channel each.

    Returns:
        (B * N, channels, SAMPLES, SAMPLES).
    """
    height, width = levels.shape[2], levels.shape[3] * 2 // 3
    channels = []
    for window in windows:
        grid = window_grid(keypoints, window, height, width)
        rows = functional.grid_sample(levels, grid, mode='bilinear', padding_mode='border',
                                      align_corners=False).squeeze(1)  # (B, N, samples)
        rows = functional.layer_norm(rows, (SAMPLES * SAMPLES,), eps=LEAST_VARIANCE)
        channels.append(rows.reshape(-1, 1, SAMPLES, SAMPLES))
    return torch.cat(channels, 1)


class WindowNetwork(nn.Module):
    """Windows of a keypoint -> 128 values: two strided convolutions and a linear layer."""

    def __init__(self, windows: tuple[Window, ...]) -> None:
        """Create the layers."""
        super().__init__()
        self.windows = windows
        layers: list[nn.Module] = []
        previous, side = len(windows), SAMPLES
        for width in WIDTHS:
            layers += [nn.Conv2d(previous, width, 3, stride=2, padding=1, bias=False),
                       nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
            previous, side = width, side // 2
        self.convolutions = nn.Sequential(*layers)
        self.out = nn.Linear(previous * side * side, 128)

    def forward(self, levels: Tensor, keypoints: Tensor) -> Tensor:
        """(B, 1, H, 1.5 W) of `pyramid`, (B, N, 4) -> (B, N, 128)."""
        with torch.no_grad():
            windows = cut_windows(levels, keypoints, self.windows)
        rows = self.convolutions(windows.contiguous(memory_format=torch.channels_last))
        return self.out(rows.flatten(1)).unflatten(0, keypoints.shape[:2])
