# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Losses of SuperPoint (section 3.4): points by cell, and descriptors of two views."""
from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from residual_features_ros.errors import unknown
from training.geometry import cell_centres, inside, sample, warp_points
from training.methods.superpoint.config import LossConfig
from training.methods.superpoint.model import STRIDE

LEAST_NORM = 1e-6  # of a descriptor before it is normalised: at zero the gradient is not finite


def detector(logits: Tensor, cells: Tensor) -> Tensor:
    """Return the mean cross entropy over the cells of each image (equations 2 and 3).

    Args:
        logits: (B, 65, Hc, Wc).
        cells: (B, Hc, Wc) int64: the pixel of the cell in rows that has the point, 64 for none,
            -1 for a cell that does not count.

    Returns:
        (B,), 0 for an image without cells that count.
    """
    # (B, 65, Hc, Wc) -> (B, Hc, Wc)
    losses = functional.cross_entropy(logits.float(), cells, ignore_index=-1, reduction='none')
    return losses.sum((1, 2)) / (cells >= 0).sum((1, 2)).clamp_min(1)


def corresponding(homography: Tensor, rows: int, columns: int) -> Tensor:
    """Return s of equation 4, (B, cells, cells) bool: pairs of cells of which one moves near.

    The centre of view 1's cell (dimension 1) comes within 8 px of that of view 2's (dimension 2).
    """
    centres = cell_centres(rows, columns, STRIDE).to(homography)
    moved = warp_points(centres, homography)  # (B, cells, 2)
    apart = torch.cdist(moved, centres.expand(len(moved), -1, -1),
                        compute_mode='donot_use_mm_for_euclid_dist')
    return apart <= STRIDE


def seen_cells(homography: Tensor, rows: int, columns: int) -> Tensor:
    """Return (B, cells) which cells' centres of view 2 lie in view 1."""
    origin = warp_points(cell_centres(rows, columns, STRIDE).to(homography),
                         torch.linalg.inv(homography))
    return inside(origin, (columns * STRIDE, rows * STRIDE))


def dense_hinge(first: Tensor, second: Tensor, homography: Tensor,
                config: LossConfig) -> Tensor:
    """Return the mean of equation 6 over all pairs of cells (equation 5), (B,)."""
    total, count = hinge_sums(first, second, homography, config)
    return total / count.clamp_min(1)


def hinge_sums(first: Tensor, second: Tensor, homography: Tensor,
               config: LossConfig) -> tuple[Tensor, Tensor]:
    """Sum equation 6 over all pairs of cells.

    lambda_d * s * max(0, m_p - d . d') + (1 - s) * max(0, d . d' - m_n), s of equation 4.
    Cells of view 2 that view 1 does not show are left out, as in public re-implementations: the
    paper's warps leave them black.

    Args:
        first: (B, D, Hc, Wc) view 1's map, normalised here.
        second: view 2's.
        homography: (B, 3, 3) from pixels of the first view to those of the second.
        config: margins and lambda_d.

    Returns:
        the sum of each pair of views (B,), and the number of pairs of cells in it (B,).
    """
    rows, columns = first.shape[2:]
    similarity = rows_of(first) @ rows_of(second).transpose(1, 2)  # (B, cells, cells)
    same = corresponding(homography, rows, columns)
    seen = seen_cells(homography, rows, columns)
    pull = config.positive_weight * functional.relu(config.positive_margin - similarity)
    push = functional.relu(similarity - config.negative_margin)
    losses = torch.where(same, pull, push) * seen[:, None, :]
    return losses.sum((1, 2)), seen.sum(1) * rows * columns


def rows_of(dense: Tensor) -> Tensor:
    """Return the descriptors of a map (B, D, Hc, Wc) as unit rows (B, cells, D)."""
    return functional.normalize(dense.float().flatten(2).transpose(1, 2), dim=2, eps=LEAST_NORM)


def sparse_hinge(first: Tensor, second: Tensor, homography: Tensor,
                 config: LossConfig) -> Tensor:
    """Return equation 6 over sampled places, read as at run time.

    Random places of view 1 that view 2 shows are the positives; each has as many random other
    ones of view 2 as negatives. Of the negatives the mean is over those beyond the margin, as in
    pytorch-superpoint: nearly all others are 0. Draws from torch's generator.

    Args:
        first: (B, D, Hc, Wc) view 1's map.
        second: view 2's.
        homography: (B, 3, 3) from pixels of the first view to those of the second.
        config: margins, weights and numbers.

    Returns:
        (B,), 0 where the views share nothing.
    """
    size = (first.shape[3] * STRIDE, first.shape[2] * STRIDE)
    count = config.positives
    drawn = torch.rand(len(first), count, 2, device=first.device)
    places = drawn * (drawn.new_tensor(size) - 1)
    moved = warp_points(places, homography)  # (B, N, 2)
    shared = inside(moved, size)
    moved = moved.where(shared[..., None], moved.new_zeros(()))  # far away a map has no gradient
    left, right = (functional.normalize(sample(dense.float(), points, STRIDE), dim=2,
                                        eps=LEAST_NORM)
                   for dense, points in ((first, places), (second, moved)))  # (B, N, D)
    others = torch.randint(count, (count, config.negatives), device=first.device)
    similarity = left @ right.transpose(1, 2)  # (B, N, N)
    apart = (moved[:, others] - moved[:, :, None]).norm(dim=3)  # (B, N, negatives)
    negative = (apart > config.near_px) & shared[:, :, None] & shared[:, others]
    chosen = similarity.gather(2, others.expand(len(first), -1, -1))  # (B, N, negatives)
    push = functional.relu(chosen - config.negative_margin) * negative
    pull = functional.relu(config.positive_margin - (left * right).sum(2)) * shared
    return (config.positive_weight * pull.sum(1) / shared.sum(1).clamp_min(1)
            + push.sum((1, 2)) / (push.detach() > 0).sum((1, 2)).clamp_min(1))


DESCRIPTOR_LOSSES = {'dense': dense_hinge, 'sparse': sparse_hinge}


def descriptor(first: Tensor, second: Tensor, homography: Tensor, config: LossConfig) -> Tensor:
    """Return L_d of each pair (B,) by the kind that config.descriptor names."""
    if config.descriptor not in DESCRIPTOR_LOSSES:
        raise unknown('loss.descriptor', config.descriptor, DESCRIPTOR_LOSSES)
    return DESCRIPTOR_LOSSES[config.descriptor](first, second, homography, config)
