# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Patches around keypoints by a spatial transformer, with gradients: windows.cut_windows'."""
from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from residual_features_ros.rows.windows import LEAST_VARIANCE, Window
from training.methods.lfnet.config import ModelConfig
from training.methods.lfnet.model import PATCH

SIZE = 8.0  # the diameter in pixels of a keypoint of scale 1
SIDE = PATCH / SIZE  # of the patch in diameters: at scale 1 a sample is a pixel


def windows_of(config: ModelConfig) -> tuple[Window, ...]:
    """Return the one window that f sees."""
    return (Window(SIDE, turned=config.oriented),)


def cut(grey: Tensor, points: Tensor, scale: Tensor, direction: Tensor) -> Tensor:
    """Cut a patch at each keypoint and give it mean 0 and deviation 1, as the runtime does.

    Args:
        grey: (B, H, W) in grey levels.
        points: (B, N, 2) pixels.
        scale: (B, N) pixels between samples.
        direction: (B, N, 2) cosine and sine of the angle by which the patch is turned.

    Returns:
        (B, N, 1, 32, 32), with gradients to points, scale and direction.
    """
    steps = torch.arange(PATCH, device=grey.device) - (PATCH - 1) / 2
    v, u = torch.meshgrid(steps, steps, indexing='ij')
    along = (scale[..., None] * direction)[..., None, None, :]  # (B, N, 1, 1, 2)
    across = torch.stack([-along[..., 1], along[..., 0]], -1)
    # (B, N, 2) -> (B, N, 32, 32, 2)
    places = points[..., None, None, :] + u[..., None] * along + v[..., None] * across
    size = places.new_tensor([grey.shape[2], grey.shape[1]])
    grid = ((2 * places + 1) / size - 1).flatten(1, 2)  # (B, N * 32, 32, 2)
    patches = functional.grid_sample(  # (B, 1, H, W) -> (B, 1, N * 32, 32)
        grey[:, None], grid, padding_mode='border', align_corners=False)
    return normalise(patches.view(*points.shape[:2], 1, PATCH, PATCH))


def normalise(patches: Tensor) -> Tensor:
    """Give patches (..., 32, 32) in grey levels mean 0 and deviation 1."""
    centred = patches - patches.mean((-2, -1), keepdim=True)
    return centred / (centred.square().mean((-2, -1), keepdim=True) + LEAST_VARIANCE).sqrt()
