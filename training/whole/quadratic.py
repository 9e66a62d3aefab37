# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Quadratics through the samples around maxima: the twin of loops.refine."""
from __future__ import annotations

import torch
from torch import Tensor

from residual_features_ros.loops import KEPT_OFFSET, MOST_OFFSET
from training.whole.found import NONE

STEPS = [(s, y, x) for s in (-1, 0, 1) for y in (-1, 0, 1) for x in (-1, 0, 1)]
MIDDLE = STEPS.index((0, 0, 0))
FLAT = 1e-12  # least determinant of the quadratic, over the cube of the maximum
LEAST = 1e-20  # of a maximum


def refined(near: Tensor, has_below: Tensor) -> tuple[Tensor, Tensor]:
    """Fit quadratics through the samples around maxima, as loops.refine.

    Args:
        near: (B, K, 27) samples at STEPS.
        has_below: (B, K) whether there is a scale below.

    Returns:
        (B, K, 3) offsets in scale, y and x, and (B, K) values there, NONE where the quadratic has
        no maximum near.
    """
    middle = near[..., MIDDLE]
    share = near / middle.clamp_min(LEAST).unsqueeze(2)  # so that products keep their digits

    def take(s: int, y: int, x: int) -> Tensor:
        return share[..., STEPS.index((s, y, x))]

    def slope(*step: int) -> Tensor:
        return (take(*step) - take(*(-part for part in step))) / 2

    def bend(*step: int) -> Tensor:
        return take(*step) + take(*(-part for part in step)) - 2 * take(0, 0, 0)

    def mixed(one: tuple[int, int, int], other: tuple[int, int, int]) -> Tensor:
        both = tuple(a + b for a, b in zip(one, other, strict=True))
        apart = tuple(a - b for a, b in zip(one, other, strict=True))
        return (bend(*both) - bend(*apart)) / 4

    axes = (1, 0, 0), (0, 1, 0), (0, 0, 1)
    gs, gy, gx = (slope(*axis) for axis in axes)
    ss, yy, xx = (bend(*axis) for axis in axes)
    ys, xs, xy = mixed(axes[0], axes[1]), mixed(axes[0], axes[2]), mixed(axes[1], axes[2])
    gs, ys, xs = (torch.where(has_below, part, 0.0) for part in (gs, ys, xs))
    ss = torch.where(has_below, ss, -1 / middle.clamp_min(LEAST))
    a, b, c = yy * xx - xy * xy, ys * xx - xy * xs, ys * xy - yy * xs
    e, f, d = ss * xx - xs * xs, ss * xy - ys * xs, ss * yy - ys * ys
    determinant = ss * a - ys * b + xs * c
    is_flat = determinant.abs() <= FLAT
    scale = -1 / torch.where(is_flat, 1.0, determinant)
    offsets = torch.stack([(a * gs - b * gy + c * gx) * scale,
                           (-b * gs + e * gy - f * gx) * scale,
                           (c * gs - f * gy + d * gx) * scale], 2)
    is_far = (offsets.abs() > MOST_OFFSET).any(2)
    offsets = offsets.clamp(-KEPT_OFFSET, KEPT_OFFSET)
    rise = (torch.stack([gs, gy, gx], 2) * offsets).sum(2) / 2
    is_good = ~(is_flat | is_far) & (rise >= 0)
    return offsets, torch.where(is_good, middle * (1 + rise), NONE)
