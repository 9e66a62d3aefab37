# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Squares of samples around keypoints: the twins of rows.pyramid and rows.squares.

The levels of the pyramid lie below each other in one image, so that one GridSample reads the
squares of all keypoints, whatever their levels.
"""
from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from residual_features_ros.rows.pyramid import COARSEST, LEVELS, MULTIPLE
from training.whole.images import pad_to_multiple


def pyramid(grey: Tensor) -> list[Tensor]:
    """Return the levels of (B, 1, H, W) grey levels, as rows.pyramid.pyramid."""
    level = pad_to_multiple(grey, MULTIPLE)
    levels = [level]
    for number in range(1, LEVELS):
        if number > COARSEST:
            blur = 2 * number - 5
            for _ in range(2):
                level = functional.avg_pool2d(
                    functional.pad(level, (blur // 2,) * 4, mode='reflect'), blur, 1)
        else:
            level = functional.avg_pool2d(level, 2)
        levels.append(level)
    return levels


class Atlas(nn.Module):
    """Where the levels lie in the image of all levels, and how squares are read off it."""

    def __init__(self, width: int, height: int) -> None:
        """Hold the places of the levels of an image of this size."""
        super().__init__()
        self.scale: Tensor
        self.to_grid: Tensor
        self.top: Tensor
        self.bottom: Tensor
        padded = [-(-side // MULTIPLE) * MULTIPLE for side in (width, height)]
        shrink = torch.arange(LEVELS).clamp_max(COARSEST)
        last = torch.stack([side >> shrink for side in padded], 1) - 1  # of each level
        top = torch.zeros(LEVELS, 2)
        top[1:, 1] = (last[:-1, 1] + 1).cumsum(0)
        self.width, self.height = padded[0], int((last[:, 1] + 1).sum())
        # GridSample counts from -1 to 1.
        to_grid = 2 / (torch.tensor([self.width, self.height]) - 1)
        tables = {'scale': 0.5**shrink, 'to_grid': to_grid, 'top': top * to_grid - 1,
                  'bottom': (top + last) * to_grid - 1}
        for name, table in tables.items():
            self.register_buffer(name, table, persistent=False)

    def joined(self, levels: list[Tensor]) -> Tensor:
        """Return (B, 1, height, width) with the levels of `pyramid` below each other."""
        return torch.cat([functional.pad(level, (0, self.width - level.shape[3]))
                          for level in levels], 2)

    def frames(self, places: Tensor, step: Tensor, turn: Tensor | None,
               level: Tensor) -> tuple[Tensor, Tensor]:
        """Return where squares lie, as rows.squares.frames.

        Args:
            places: (B, N, 2) centres in pixels of the image.
            step: (B, N) pixels from sample to sample.
            turn: (B, N) radians clockwise, None for none.
            level: (B, N) float, whole numbers of any range.

        Returns:
            (B, N) int64 levels, and (B, N, 4) x, y, along, across there.
        """
        index = level.clamp(0, LEVELS - 1).long()
        scale = self.scale[index]
        x, y = ((places[..., axis] + 0.5) * scale - 0.5 for axis in (0, 1))
        step = step * scale
        if turn is None:
            along, across = step, torch.zeros_like(step)
        else:
            along, across = torch.cos(turn) * step, torch.sin(turn) * step
        return index, torch.stack([x, y, along, across], 2)


class Squares(nn.Module):
    """Reads squares of S x S samples off what Atlas.joined returned."""

    def __init__(self, atlas: Atlas, side: int) -> None:
        """Hold what x, y, along and across are to the places of samples.

        All are long rows: runtimes are slow where the last axis is that of x and y.
        """
        super().__init__()
        self.grid: Tensor
        self.x_and_y: Tensor
        self.to_grid: Tensor
        self.atlas, self.side = atlas, side
        offsets = torch.arange(float(side)) - (side - 1) / 2
        down, ahead = torch.meshgrid(offsets, offsets, indexing='ij')
        one, zero = torch.ones_like(ahead), torch.zeros_like(ahead)
        x = torch.stack([one, zero, ahead, -down])
        y = torch.stack([zero, one, down, ahead])
        tables = {'grid': torch.stack([x, y], 3).flatten(1),  # (4, S * S * 2)
                  'x_and_y': torch.eye(2).repeat(1, side * side),
                  'to_grid': atlas.to_grid.repeat(side * side)}
        for name, table in tables.items():
            self.register_buffer(name, table, persistent=False)

    def forward(self, joined: Tensor, level: Tensor, at: Tensor) -> Tensor:
        """Return the squares (B, N, S, S) of Atlas.frames.

        Samples outside the image take its border's value.
        """
        count, side = at.shape[1], self.side
        samples = at @ self.grid * self.to_grid
        top, bottom = (table[level] @ self.x_and_y
                       for table in (self.atlas.top, self.atlas.bottom))
        samples = torch.minimum(torch.maximum(samples + top, top), bottom)
        read = functional.grid_sample(joined, samples.reshape(-1, count * side, side, 2),
                                      padding_mode='border', align_corners=True)
        return read.reshape(-1, count, side, side)
