# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which keypoints two views should have: points that are matched right (section 4.1)."""
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.geometry import inside, sample, warp_points
from training.methods.goodpoint.config import LossConfig
from training.methods.goodpoint.model import STRIDE
from training.networks import unit


@dataclass(frozen=True)
class Matched:
    """Points of the first view, moved into the second, and their neighbours there.

    moved: (M, 2) K_proj, pixels of the second view. points: (N, 2) K_h.
    first: (M, D) D_proj, with gradients. second: (N, D) D_h, with gradients.
    distance: (M,) pixels from a moved point to its nearest one.
    nearest: (M,) row in `points` of that one (equation 7). alike: (M,) row in `points` of the one
    with the most similar descriptor (equation 8).
    """

    moved: Tensor
    points: Tensor
    first: Tensor
    second: Tensor
    distance: Tensor
    nearest: Tensor
    alike: Tensor


def strongest(scores: Tensor, valid: Tensor, window: int) -> Tensor:
    """Return the strongest pixel (K, 2) of each window x window square (equations 5 and 6).

    Args:
        scores: (H, W), H and W at least `window`; what is left of whole squares has no points.
        valid: (H, W) bool, which pixels may be points; a square without any has none.
        window: pixels.
    """
    allowed = scores.detach().masked_fill(~valid, -torch.inf)
    _, places = functional.max_pool2d(allowed[None], window, return_indices=True)
    places = places.flatten()  # of rows * columns
    places = places[valid.flatten()[places]]
    return torch.stack([places % scores.shape[1], places // scores.shape[1]], 1).float()


def match(points: Tensor, others: Tensor, dense: Tensor, homography: Tensor,
          size: tuple[int, int]) -> Matched:
    """Move the first view's points and match them by place and by descriptor.

    Args:
        points: (K, 2) pixels of the first view; those that leave the second are dropped.
        others: (N, 2) pixels of the second.
        dense: (2, D, H/8, W/8) descriptors of both.
        homography: (3, 3) from the first to the second.
        size: (width, height) of both views.
    """
    moved = warp_points(points, homography[None])[0]  # equation 7's K_proj
    stays = inside(moved, size)
    points, moved = points[stays], moved[stays]
    first, second = (unit(sample(one[None], places[None], STRIDE)[0]) for one, places in
                     zip(dense, (points, others), strict=True))
    if not len(moved) or not len(others):
        none = torch.zeros(0, dtype=torch.long, device=moved.device)
        return Matched(moved[:0], others, first[:0], second, moved.new_zeros(0), none, none)
    apart = torch.cdist(moved, others, compute_mode='donot_use_mm_for_euclid_dist')
    distance, nearest = apart.min(1)
    alike = (first.detach() @ second.detach().T).argmax(1)
    return Matched(moved, others, first, second, distance, nearest, alike)


def targets(found: Matched, homography: Tensor, size: tuple[int, int],
            config: LossConfig) -> tuple[Tensor, Tensor]:
    """Return keypoints that both views should have: K' (T, 2) and K'_h (T, 2), not rounded.

    Points whose neighbours by place and by descriptor are one, within theta_dist (equation 9);
    halfway between the two, and from there back to the first view (equation 10).
    """
    good = (found.nearest == found.alike) & (found.distance < config.distance_px)
    halfway = 0.5 * (found.moved[good] + found.points[found.nearest[good]])
    back = warp_points(halfway, torch.linalg.inv(homography)[None])[0]
    stays = inside(back.round(), size)
    return back[stays], halfway[stays]
