# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""LF-Net's losses (section 3.2), each of B images; the mean over images is minimised."""
from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from training.methods.lfnet.config import KeypointConfig, LossConfig
from training.methods.lfnet.keypoints import select

REACH = 2  # pixels of a target's Gaussian; with sigma .5 it is 3e-4 there
FAR = 1e4  # no squared distance of unit rows


def target(warped: Tensor, keypoints: KeypointConfig, sigma: float) -> Tensor:
    """Return g (B, H, W): a Gaussian of height 1 at each of the K strongest maxima of a map."""
    pixels, real = select(warped, keypoints.count, keypoints.nms_radius)
    place = pixels[..., 1] * warped.shape[2] + pixels[..., 0]
    # (B, K) -> (B, H * W)
    points = torch.zeros_like(warped).flatten(1).scatter_add(1, place, real.to(warped))
    steps = torch.arange(-REACH, REACH + 1, device=warped.device)
    line = torch.exp(-steps.square() / (2 * sigma**2)).to(warped)
    kernel = (line[:, None] * line)[None, None]  # (S,) -> (1, 1, S, S)
    return functional.conv2d(points.view_as(warped)[:, None], kernel,
                             padding=REACH)[:, 0].clamp_max(1)


def score_loss(scores: Tensor, wanted: Tensor, counted: Tensor) -> Tensor:
    """Equation 2: the mean of |S_i - g(w(S_j))|^2 over the pixels that count, (B,)."""
    return mean((scores - wanted).square(), counted)


def pair_loss(rows: Tensor, partners: Tensor, seen: Tensor) -> Tensor:
    """Equation 3: the mean of |D_i - D_j|^2 over keypoints (B, N) that are seen, (B,)."""
    return mean((rows - partners).square().sum(2), seen)


def orientation_loss(direction: Tensor, warped: Tensor, seen: Tensor) -> Tensor:
    """Equation 4, first term, of unit vectors (B, N, 2) for the angles: no jump at 360 degrees."""
    return mean((direction - warped).square().sum(2), seen)


def scale_loss(scale: Tensor, warped: Tensor, seen: Tensor) -> Tensor:
    """Equation 4, second term, of logarithms (B, N)."""
    return mean((scale.log() - warped.log()).square(), seen)


def warp_frames(scale: Tensor, direction: Tensor, jacobian: Tensor,
                largest_scale: float) -> tuple[Tensor, Tensor]:
    """Bring scale (B, N) and direction (B, N, 2) from view j to view i, as on a plane.

    Args:
        scale: at the keypoints' places in j.
        direction: unit vectors there.
        jacobian: (B, N, 2, 2) of the way from i to j.
        largest_scale: what h can give, its inverse the smallest: others are no targets for it.

    Returns:
        the same in view i; something finite where the jacobian is singular.
    """
    (a, b), (c, d) = (row.unbind(-1) for row in jacobian.unbind(-2))  # (B, N, 2, 2) -> (B, N)
    area = a * d - b * c
    x, y = direction.unbind(-1)
    turned = torch.stack([d * x - b * y, a * y - c * x], -1) * area.sign()[..., None]
    turned = turned / turned.norm(dim=-1, keepdim=True).clamp_min(1e-9)
    scale = scale / area.abs().clamp_min(1e-9).sqrt()
    return scale.clamp(1 / largest_scale, largest_scale), turned


def pool_size(step: int, config: LossConfig) -> int:
    """Return M = max(5, 64 exp(-0.6 k / 1000)), among how many negatives is drawn at step k."""
    pool = config.hardest_first * math.exp(-config.hardest_decay * step / 1000)
    return max(config.hardest_last, int(pool))


def draw_negatives(apart: Tensor, allowed: Tensor, pool: int) -> tuple[Tensor, Tensor]:
    """Draw for each row one of its `pool` nearest allowed columns; all of them, where fewer are.

    Args:
        apart: (B, N, N) squared distances of descriptors.
        allowed: (B, N, N) which columns are negatives of a row.
        pool: M.

    Returns:
        columns (B, N), and (B, N) which rows have any.
    """
    count = allowed.sum(2)
    ordered = apart.detach().masked_fill(~allowed, FAR).topk(
        min(pool, apart.shape[2]), 2, largest=False).indices
    choices = count.clamp(1, ordered.shape[2])
    drawn = (torch.rand(count.shape, device=apart.device) * choices).long()
    drawn = drawn.minimum(choices - 1)
    return ordered.gather(2, drawn[..., None])[..., 0], count > 0  # (B, N, M) -> (B, N)


def triplet_loss(rows: Tensor, partners: Tensor, places: Tensor, seen: Tensor, pool: int,
                 config: LossConfig) -> Tensor:
    """Equation 5: max(0, |D_i^k - D_j^k|^2 - |D_i^k - D_j^k'|^2 + C), (B,).

    Args:
        rows: (B, N, D) of view i.
        partners: (B, N, D) at their places in view j.
        places: (B, N, 2) these.
        seen: (B, N) which are.
        pool: among how many of the hardest the negative k' is drawn.
        config: margin and negative_px.
    """
    # Of unit rows |a - b|^2, (B, N, D), (B, N, D) -> (B, N, N).
    apart = (2 - 2 * rows @ partners.transpose(1, 2)).clamp_min(0)
    distant = torch.cdist(places, places,
                          compute_mode='donot_use_mm_for_euclid_dist') > config.negative_px
    negative, exists = draw_negatives(apart, distant & seen[:, None, :], pool)
    pull = apart.diagonal(dim1=1, dim2=2)  # (B, N, N) -> (B, N)
    push = apart.gather(2, negative[..., None])[..., 0]
    return mean(functional.relu(pull - push + config.margin), seen & exists)


def mean(values: Tensor, counted: Tensor) -> Tensor:
    """Return the mean (B,) of those values (B, ...) that count, 0 where none does."""
    values = torch.where(counted, values, 0.0)
    return values.flatten(1).sum(1) / counted.flatten(1).sum(1).clamp_min(1)
