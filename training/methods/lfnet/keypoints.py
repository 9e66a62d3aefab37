# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Keypoints off a score map in torch: residual_features_ros.detection with gradients."""
from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from training.methods.lfnet.config import KeypointConfig


def framed(scores: Tensor, border: int) -> Tensor:
    """Return maps (B, H, W) that are 0 in the border."""
    if not border:
        return scores
    height, width = scores.shape[1:]
    frame = torch.zeros_like(scores)
    frame[:, border:height - border, border:width - border] = 1
    return scores * frame


def select(scores: Tensor, count: int, radius: int) -> tuple[Tensor, Tensor]:
    """Choose the `count` strongest maxima of maps (B, H, W) >= 0; nothing here has a gradient.

    Returns:
        pixels (B, count, 2) int64 x, y; (B, count) which of them are maxima above 0: there may be
        fewer than asked.
    """
    scores = scores.detach()
    largest = functional.max_pool2d(scores[:, None], 2 * radius + 1, 1, radius)[:, 0]
    maxima = torch.where(scores == largest, scores, 0.0).flatten(1)  # (B, H, W) -> (B, H * W)
    found, place = maxima.topk(min(count, maxima.shape[1]), 1)
    width = scores.shape[2]
    # (B, count) -> (B, count, 2)
    return torch.stack([place % width, place // width], 2), found > 0


def read(values: Tensor, pixels: Tensor) -> Tensor:
    """Return (B, N, C) of maps (B, C, H, W) at pixels (B, N, 2) int64."""
    place = pixels[..., 1] * values.shape[3] + pixels[..., 0]  # (B, N, 2) -> (B, N)
    return values.flatten(2).gather(2, place[:, None].expand(-1, values.shape[1], -1)) \
        .transpose(1, 2)  # (B, C, N) -> (B, N, C)


def nearest(points: Tensor, size: tuple[int, int]) -> Tensor:
    """Return the pixels (B, N, 2) int64 of an image of `size` (width, height) next to points."""
    limit = points.new_tensor(size) - 1
    return points.detach().round().clamp_min(0).minimum(limit).long()


def refine(scores: Tensor, pixels: Tensor, config: KeypointConfig) -> Tensor:
    """Return places (B, N, 2) of keypoints: the softargmax around pixels, with its gradient.

    What lies outside the image does not count.
    """
    radius = config.softargmax_radius
    if not radius:
        return pixels.to(scores)
    padded = functional.pad(scores, (radius,) * 4, value=-torch.inf)
    steps = torch.arange(2 * radius + 1, device=scores.device)
    rows = pixels[..., 1, None] + steps  # (B, N, S), of the padded map
    columns = pixels[..., 0, None] + steps
    place = rows[..., None] * padded.shape[2] + columns[..., None, :]  # (B, N, S, S)
    windows = padded.flatten(1).gather(1, place.flatten(1)).unflatten(1, place.shape[1:])
    share = (windows / config.softargmax_temperature).flatten(2).softmax(2).view_as(windows)
    away = (steps - radius).to(scores)
    # (B, N, S, S) -> (B, N, 2)
    offset = torch.stack([share.sum(2) @ away, share.sum(3) @ away], 2)
    return pixels + offset
