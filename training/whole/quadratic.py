# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Quadratics through the samples around extrema; `refined` is the twin of loops.refine."""
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from residual_features_ros.loops import KEPT_OFFSET, MOST_OFFSET
from training.whole.found import NONE

# In scale, y and x; the corners of the cube are not needed.
STEPS = [(s, y, x) for s in (-1, 0, 1) for y in (-1, 0, 1) for x in (-1, 0, 1)
         if 0 in (s, y, x)]
MIDDLE = STEPS.index((0, 0, 0))
FLAT = 1e-12  # least determinant of the quadratic, over the cube of the maximum
LEAST = 1e-20  # of a maximum


class Derivatives(NamedTuple):
    """The value (B, K), and first and second derivatives in scale, y and x."""

    value: Tensor
    s: Tensor
    y: Tensor
    x: Tensor
    ss: Tensor
    yy: Tensor
    xx: Tensor
    ys: Tensor
    xs: Tensor
    xy: Tensor

    def extremum(self, least: float) -> tuple[Tensor, Tensor, Tensor]:
        """Return where the quadratic is level.

        Args:
            least: determinants that are no larger are taken for 0.

        Returns:
            (B, K, 3) offsets in scale, y and x, (B, K) how much larger the value is there, and
            whether the determinant is 0: then the offsets are.
        """
        _, gs, gy, gx, ss, yy, xx, ys, xs, xy = self
        a, b, c = yy * xx - xy * xy, ys * xx - xy * xs, ys * xy - yy * xs
        e, f, d = ss * xx - xs * xs, ss * xy - ys * xs, ss * yy - ys * ys
        determinant = ss * a - ys * b + xs * c
        is_flat = determinant.abs() <= least
        scale = torch.where(is_flat, 0.0, -1 / torch.where(is_flat, 1.0, determinant))
        offsets = torch.stack([(a * gs - b * gy + c * gx) * scale,
                               (-b * gs + e * gy - f * gx) * scale,
                               (c * gs - f * gy + d * gx) * scale], 2)
        return offsets, self.rise(offsets), is_flat

    def rise(self, offsets: Tensor) -> Tensor:
        """Return (B, K) how much larger the value is at an extremum, (B, K, 3) away."""
        return (torch.stack([self.s, self.y, self.x], 2) * offsets).sum(2) / 2


def derivatives(near: Tensor) -> Derivatives:
    """Return the derivatives of samples (B, K, 19) at STEPS."""
    def take(*step: int) -> Tensor:
        return near[..., STEPS.index((step[0], step[1], step[2]))]

    def slope(*step: int) -> Tensor:
        return (take(*step) - take(*(-part for part in step))) / 2

    def bend(*step: int) -> Tensor:
        return take(*step) + take(*(-part for part in step)) - 2 * take(0, 0, 0)

    def mixed(one: tuple[int, int, int], other: tuple[int, int, int]) -> Tensor:
        both = [a + b for a, b in zip(one, other, strict=True)]
        apart = [a - b for a, b in zip(one, other, strict=True)]
        return (bend(*both) - bend(*apart)) / 4

    s, y, x = (1, 0, 0), (0, 1, 0), (0, 0, 1)
    return Derivatives(take(0, 0, 0), slope(*s), slope(*y), slope(*x), bend(*s), bend(*y),
                       bend(*x), mixed(s, y), mixed(s, x), mixed(y, x))


def refined(near: Tensor, has_below: Tensor) -> tuple[Tensor, Tensor]:
    """Fit quadratics through the samples around maxima, as loops.refine.

    Args:
        near: (B, K, 19) samples at STEPS.
        has_below: (B, K) whether there is a scale below.

    Returns:
        (B, K, 3) offsets in scale, y and x, and (B, K) values there, NONE where the quadratic has
        no maximum near.
    """
    middle = near[..., MIDDLE]
    whole = derivatives(near / middle.clamp_min(LEAST).unsqueeze(2))  # products keep their digits
    gs, ys, xs = (torch.where(has_below, part, 0.0) for part in (whole.s, whole.ys, whole.xs))
    ss = torch.where(has_below, whole.ss, -1 / middle.clamp_min(LEAST))
    slopes = whole._replace(s=gs, ys=ys, xs=xs, ss=ss)
    offsets, _, is_flat = slopes.extremum(FLAT)
    is_far = (offsets.abs() > MOST_OFFSET).any(2)
    offsets = offsets.clamp(-KEPT_OFFSET, KEPT_OFFSET)
    rise = slopes.rise(offsets)
    is_good = ~(is_flat | is_far) & (rise >= 0)
    return offsets, torch.where(is_good, middle * (1 + rise), NONE)
