# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two-view geometry in torch, batched and differentiable; numpy's is in data.posed and the core.

Pixels are as in residual_features_ros.types: the centre of the first is (0, 0).
"""
from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

BEHIND = 1e6  # where a point goes that is sent behind the camera, in pixels
SAME_DEPTH = 0.05  # relative; data.depth says whence


def sample(dense: Tensor, points: Tensor, stride: int) -> Tensor:
    """Read a map bilinearly at pixels: residual_features_ros.sampling's convention.

    Args:
        dense: (B, C, H / stride, W / stride).
        points: (B, N, 2) pixels.
        stride: pixels to a cell.

    Returns:
        (B, N, C).
    """
    columns, rows = dense.shape[3], dense.shape[2]  # a tensor of these would be traced as fixed
    x = (2 * points[..., 0] + 1) / (columns * stride) - 1
    y = (2 * points[..., 1] + 1) / (rows * stride) - 1
    grid = torch.stack([x, y], 2).unsqueeze(2).to(dense.dtype)  # (B, N) -> (B, N, 1, 2)
    read = functional.grid_sample(dense, grid, mode='bilinear', padding_mode='border',
                                  align_corners=False)
    return read.squeeze(3).transpose(1, 2)  # (B, C, N, 1) -> (B, N, C)


def cell_centres(rows: int, columns: int, stride: int) -> Tensor:
    """Return the pixels (rows * columns, 2) at the centres of the cells of a map, in rows."""
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing='ij')
    return torch.stack([x, y], 2).flatten(0, 1) * stride + (stride - 1) / 2


def inside(points: Tensor, size: tuple[int, int]) -> Tensor:
    """Return (...) which pixels (..., 2) lie in an image of `size` (width, height)."""
    most = points.new_tensor(size) - 1
    return ((points >= 0) & (points <= most)).all(-1)


def warp_points(points: Tensor, homography: Tensor) -> Tensor:
    """Map pixels by homographies; BEHIND for points behind the camera.

    Args:
        points: (N, 2) the same for all, or (B, N, 2).
        homography: (B, 3, 3).

    Returns:
        (B, N, 2).
    """
    moved = functional.pad(points, (0, 1), value=1.0) @ homography.transpose(1, 2)
    depth = moved[..., 2:]
    return torch.where(depth > 1e-6, moved[..., :2] / depth.clamp_min(1e-6), BEHIND)


def warp_image(image: Tensor, homography: Tensor, size: tuple[int, int] | None = None) -> Tensor:
    """Return the image that shows at pixel p what `image` shows at homography(p); 0 outside.

    Args:
        image: (B, C, H, W).
        homography: (B, 3, 3) from pixels of the result to those of `image`.
        size: (width, height) of the result, that of `image` by default.

    Returns:
        (B, C, height, width).
    """
    width, height = size or (image.shape[3], image.shape[2])
    points = cell_centres(height, width, 1).to(image)
    places = warp_points(points, homography.to(image))  # (B, height * width, 2)
    grid = (2 * places + 1) / places.new_tensor([image.shape[3], image.shape[2]]) - 1
    return functional.grid_sample(image, grid.unflatten(1, (height, width)),
                                  padding_mode='zeros', align_corners=False)


def depth_at(depth: Tensor, points: Tensor) -> Tensor:
    """Return the depth (B, N) of the pixels next to (B, N, 2) in maps (B, H, W); 0 outside."""
    height, width = depth.shape[1:]
    x, y = points.detach().round().clamp(-1, BEHIND).long().unbind(2)
    within = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    flat = y.clamp(0, height - 1) * width + x.clamp(0, width - 1)
    return depth.flatten(1).gather(1, flat) * within


def reproject(points: Tensor, depth: Tensor, K: Tensor, pose: Tensor) -> tuple[Tensor, Tensor]:
    """Move pixels of known depth from the first view to the second.

    Args:
        points: (B, N, 2) of the first view.
        depth: (B, N) along its optical axis.
        K: (B, 2, 3, 3) of both.
        pose: (B, 4, 4) from the first camera's coordinates to the second's.

    Returns:
        places (B, N, 2), BEHIND for what is behind the second camera, and depth (B, N) there.
    """
    rays = functional.pad(points, (0, 1), value=1.0) @ torch.linalg.inv(K[:, 0]).transpose(1, 2)
    moved = (rays * depth[..., None]) @ pose[:, :3, :3].transpose(1, 2) + pose[:, None, :3, 3]
    pixels = moved @ K[:, 1].transpose(1, 2)
    front = pixels[..., 2:]
    places = torch.where(front > 1e-9, pixels[..., :2] / front.clamp_min(1e-9), BEHIND)
    return places, moved[..., 2]


def carry(points: Tensor, depth: Tensor, K: Tensor,
          pose: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Move pixels into the other view by depth and pose, and say which are seen there.

    Args:
        points: (B, N, 2) of the first view.
        depth: (B, 2, H, W) of both, 0 where it is unknown.
        K: (B, 2, 3, 3).
        pose: (B, 4, 4) from the first camera's coordinates to the second's.

    Returns:
        places (B, N, 2); (B, N) which are seen: the second view's depth there is theirs, nothing
        is nearer; (B, N) of which it is unknown: no depth, or something else where they would be.
    """
    start = depth_at(depth[:, 0], points)
    places, distance = reproject(points, start, K, pose)
    there = depth_at(depth[:, 1], places)
    seen = (start > 0) & (there > 0) & ((there - distance).abs() < SAME_DEPTH * distance)
    size = (depth.shape[3], depth.shape[2])
    unknown = (start == 0) | (inside(places.round(), size) & ~seen)
    return places, seen, unknown


def swapped(K: Tensor, pose: Tensor) -> tuple[Tensor, Tensor]:
    """Return K (B, 2, 3, 3) and pose (B, 4, 4) for the way from the second view to the first."""
    return K.flip(1), torch.linalg.inv(pose)


def epipolar_lines(points: Tensor, fundamental: Tensor) -> Tensor:
    """Return the lines a x + b y + c = 0, a^2 + b^2 = 1, in the second view.

    Args:
        points: (B, N, 2) of the first view.
        fundamental: (B, 3, 3), x2^T F x1 = 0; transposed, for the way back.

    Returns:
        (B, N, 3).
    """
    lines = functional.pad(points, (0, 1), value=1.0) @ fundamental.transpose(1, 2)
    return lines / lines[..., :2].norm(dim=-1, keepdim=True).clamp_min(1e-12)


def epipolar_distances(points: Tensor, others: Tensor, fundamental: Tensor) -> Tensor:
    """Return (B, N) how far pixels (B, N, 2) of view 2 are from the lines of those of view 1."""
    lines = epipolar_lines(points, fundamental)
    return (functional.pad(others, (0, 1), value=1.0) * lines).sum(-1).abs()
