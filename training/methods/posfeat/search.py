# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Line-to-window search: queries, epipolar lines in the image, and similarities along them.

Similarities are linear in the map of unit vectors, so reading the similarities with all cells
between the cells is reading the map there: one number for each place instead of a vector.
"""
from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from training.geometry import sample


def random_queries(batch: int, size: tuple[int, int], cell: int, device: torch.device) -> Tensor:
    """Draw a pixel from each whole cell of an image (supplement, section 2).

    Args:
        batch: B.
        size: (width, height) of the image.
        cell: side of a cell in pixels.
        device: where to.

    Returns:
        (B, N, 2) whole pixels, cells in rows.
    """
    columns, rows = size[0] // cell, size[1] // cell
    y, x = torch.meshgrid(torch.arange(rows, device=device),
                          torch.arange(columns, device=device), indexing='ij')
    corners = cell * torch.stack([x, y], 2).flatten(0, 1)  # (rows, columns, 2) -> (N, 2)
    return (corners + torch.randint(cell, (batch, len(corners), 2), device=device)).float()


def clip_lines(lines: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Cut lines at the edges of an image.

    Args:
        lines: (B, N, 3) a x + b y + c = 0, a^2 + b^2 = 1.
        size: (width, height) of the image.

    Returns:
        ends (B, N, 2, 2) and (B, N) which lines cross the image; the ends of others mean nothing.
    """
    normal, most = lines[..., :2], lines.new_tensor(size) - 1
    foot = -lines[..., 2:] * normal
    along = torch.stack([-normal[..., 1], normal[..., 0]], -1)
    steps = torch.where(along.abs() < 1e-9, 1e-9, along)
    bounds = torch.stack([-foot / steps, (most - foot) / steps], -1)  # (B, N, 2 axes, 2)
    begin = bounds.min(-1).values.max(-1).values  # (B, N, 2 axes, 2) -> (B, N)
    end = bounds.max(-1).values.min(-1).values
    reach = torch.stack([begin, end], -1)[..., None]  # (B, N, 2, 1)
    ends = foot[..., None, :] + reach * along[..., None, :]
    ends = torch.minimum(ends.clamp_min(0), most)
    return ends, end > begin


def along_lines(ends: Tensor, count: int) -> Tensor:
    """Return (B, N, count, 2) places between ends (B, N, 2, 2), both of them included."""
    share = torch.linspace(0, 1, count, device=ends.device)[:, None]
    return ends[:, :, :1] * (1 - share) + ends[:, :, 1:] * share


def window_offsets(window: float, size: tuple[int, int], stride: int,
                   device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the places of a window about its centre: about one per cell of the map.

    Args:
        window: its sides as shares of the image's.
        size: (width, height) of the image.
        stride: pixels to a cell.
        device: where to.

    Returns:
        offsets (S, 2) in pixels, and half of both sides (2,).
    """
    half = torch.tensor(size, device=device) * window / 2
    axes = [torch.linspace(-1, 1, max(round(window * side / stride), 2), device=device) * reach
            for side, reach in zip(size, half, strict=True)]
    y, x = torch.meshgrid(axes[1], axes[0], indexing='ij')
    return torch.stack([x, y], 2).flatten(0, 1), half  # (rows, columns, 2) -> (S, 2)


def similarities(queries: Tensor, dense: Tensor) -> Tensor:
    """Compare unit queries (B, N, C) with all cells of a map (B, C, H, W) -> (B, N, H, W)."""
    return (queries @ dense.flatten(2)).unflatten(2, dense.shape[2:])


def read(similarity: Tensor, places: Tensor, stride: int) -> Tensor:
    """Read similarities (B, N, H, W) at pixels (B, N, S, 2), each query's own -> (B, N, S)."""
    flat = similarity.flatten(0, 1).unsqueeze(1)  # (B, N, H, W) -> (B * N, 1, H, W)
    # (B * N, 1, H, W) -> (B * N, S, 1) -> (B, N, S)
    return sample(flat, places.flatten(0, 1), stride).squeeze(2).unflatten(0, places.shape[:2])


def unit_map(dense: Tensor) -> Tensor:
    """Normalise the vectors of a map (B, C, H, W), in fp32."""
    return functional.normalize(dense.float(), dim=1)


def unit_rows(dense: Tensor, points: Tensor, stride: int) -> Tensor:
    """Read a map at pixels (B, N, 2) and normalise, as the runtime does -> (B, N, C) fp32."""
    return functional.normalize(sample(dense.float(), points, stride), dim=2)
