# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Peaks of the map of scores of a learned detector: the twin of detection.find."""
from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from residual_features_ros.detection import DetectorCard
from training.whole.found import NONE, Found


class Peaks(nn.Module):
    """The detector for images of one size."""

    def __init__(self, card: DetectorCard, width: int, height: int, count: int,
                 shrink: int) -> None:
        """Hold how; h sees the images at 1 / shrink of width x height."""
        super().__init__()
        self.order: Tensor
        self.steps: Tensor
        self.allowed: Tensor
        self.card, self.shrink = card, shrink
        self.width, self.height = (max(side // shrink, 1) for side in (width, height))
        self.count = min(count, self.width * self.height)
        order = -torch.arange(float(self.width * self.height)).view(1, 1, self.height, -1)
        allowed = torch.zeros(1, 1, self.height, self.width, dtype=torch.bool)
        border = card.border
        allowed[..., border:self.height - border, border:self.width - border] = True
        steps = torch.arange(-card.softargmax_radius, card.softargmax_radius + 1)
        for name, values in (('order', order), ('allowed', allowed), ('steps', steps)):
            self.register_buffer(name, values, persistent=False)

    def forward(self, maps: Mapping[str, Tensor]) -> Found:
        """Find keypoints in h's maps by name, (B, H', W') and (B, 2, H', W')."""
        card, shrink = self.card, self.shrink
        scores = maps['scores'][:, None, :self.height, :self.width]
        side = 2 * card.nms_radius + 1
        largest = functional.max_pool2d(scores, side, 1, card.nms_radius)
        is_peak = (scores >= largest) & (scores > card.threshold) & self.allowed
        # Of equals near each other the first in reading order stays.
        rank = torch.where(is_peak, self.order, 2 * self.order.min() - 1)
        is_peak = is_peak & (rank >= functional.max_pool2d(rank, side, 1, card.nms_radius))
        values, index = torch.where(is_peak, scores, NONE).flatten(1).topk(self.count, 1)
        y = torch.div(index, self.width, rounding_mode='trunc')
        x = index - y * self.width
        places = torch.stack([x, y], 2).float()
        if card.softargmax_radius:
            places = places + self.offsets(scores, x, y)
        sizes = torch.full_like(values, card.size * shrink)
        if 'scale' in maps:
            sizes = sizes * self.read(maps['scale'], index)
        angles = torch.full_like(values, -1)
        if 'orientation' in maps:
            cosine, sine = (self.read(maps['orientation'][:, number], index) for number in (0, 1))
            angles = degrees(sine, cosine)
        return Found((places + 0.5) * shrink - 0.5, sizes, values, torch.zeros_like(index), angles)

    def read(self, plane: Tensor, index: Tensor) -> Tensor:
        """Return the values (B, N) of a map (B, H', W') at pixels."""
        return plane[:, :self.height, :self.width].flatten(1).gather(1, index)

    def offsets(self, scores: Tensor, x: Tensor, y: Tensor) -> Tensor:
        """Return (B, N, 2) as detection.offsets."""
        width, height, steps = self.width, self.height, self.steps
        rows, columns = (axis.unsqueeze(2) + steps for axis in (y, x))  # (B, N, S)
        is_in = (((rows >= 0) & (rows < height)).unsqueeze(3)
                 & ((columns >= 0) & (columns < width)).unsqueeze(2)).flatten(2)
        at = (rows.clamp(0, height - 1) * width).unsqueeze(3) \
            + columns.clamp(0, width - 1).unsqueeze(2)
        near = scores.flatten(1).gather(1, at.flatten(1)).reshape(-1, self.count, len(steps)**2)
        near = torch.where(is_in, near, -math.inf)
        weights = torch.softmax(near / self.card.softargmax_temperature, 2)
        down, ahead = (grid.flatten() for grid in torch.meshgrid(
            steps.float(), steps.float(), indexing='ij'))
        return weights @ torch.stack([ahead, down], 1)


def degrees(sine: Tensor, cosine: Tensor) -> Tensor:
    """Return the angles in [0, 360); there is no atan2 in ONNX."""
    a, b = cosine.abs(), sine.abs()
    angle = torch.atan(torch.minimum(a, b) / torch.maximum(a, b).clamp_min(1e-20)) \
        * (180 / math.pi)
    angle = torch.where(b > a, 90 - angle, angle)
    angle = torch.where(cosine < 0, 180 - angle, angle)
    angle = torch.where(sine < 0, 360 - angle, angle)
    return torch.where(angle >= 360, 0.0, angle)
