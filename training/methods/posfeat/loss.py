# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Stage 1: the loss of descriptors, supervised by epipolar lines alone (section 3.2)."""
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from residual_features_ros.errors import unknown
from training.geometry import epipolar_lines, inside
from training.methods.posfeat.config import SearchConfig
from training.methods.posfeat.search import (
    along_lines,
    clip_lines,
    read,
    similarities,
    unit_map,
    unit_rows,
    window_offsets,
)

SPREADS = ('variance', 'deviation')
LEAST_SPREAD = 0.1  # pixels, so that no query outweighs all others


@dataclass(frozen=True)
class Found:
    """What a search gives for queries (B, N).

    expected: (B, N, 2) the place in pixels, equation 5. spread: (B, N) equation 8. inside: (B, N)
    M of equation 7. coarse: (B, N, 2) the place on the line, equation 2.
    """

    expected: Tensor
    spread: Tensor
    inside: Tensor
    coarse: Tensor


def search(queries: Tensor, dense: Tensor, lines: Tensor, stride: int,
           config: SearchConfig) -> Found:
    """Search along epipolar lines, then in windows.

    Args:
        queries: (B, N, C) unit rows of the first view.
        dense: (B, C, H / stride, W / stride) unit vectors of the second.
        lines: (B, N, 3) in the second view, a^2 + b^2 = 1.
        stride: pixels to a cell.
        config: how.
    """
    size = (dense.shape[3] * stride, dense.shape[2] * stride)
    similarity = config.temperature * similarities(queries, dense)
    offsets, half = window_offsets(config.window, size, stride, dense.device)
    with torch.no_grad():
        ends, crossing = clip_lines(lines, size)
        places = along_lines(ends, config.line_samples)
        best = read(similarity, places, stride).argmax(2)  # equations 1 and 2, (B, N)
        coarse = places.gather(2, best[..., None, None].expand(-1, -1, 1, 2)).squeeze(2)
        low, high = config.jitter
        centre = coarse + half * (low + (high - low) * torch.rand_like(coarse))  # equation 3
    window = centre[:, :, None] + offsets  # (B, N, S, 2)
    probability = read(similarity, window, stride).softmax(2)  # equation 4, (B, N, S)
    expected = (window * probability[..., None]).sum(2)  # equation 5, (B, N, S, 2) -> (B, N, 2)
    apart = (window - expected[:, :, None]).square() * probability[..., None]
    return Found(expected, spread_of(apart.sum(2), config.spread),
                 crossing & inside(centre, size), coarse)


def spread_of(variance: Tensor, spread: str) -> Tensor:
    """Return sigma (B, N) of variances (B, N, 2) along both axes, in pixels (squared).

    'variance' is equation 8; 'deviation', the sum of both deviations, is the code's.
    ConfigError for any other word.
    """
    if spread == 'variance':
        return variance.norm(dim=2)
    if spread == 'deviation':
        return variance.clamp_min(1e-10).sqrt().sum(2)
    raise unknown('search.spread', spread, SPREADS)


def weighted_distances(found: Found, lines: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
    """Return numerator and denominator of equation 7.

    Args:
        found: of the search.
        lines: (B, N, 3) epipolar lines, a^2 + b^2 = 1.
        valid: (B, N) which queries count besides.
    """
    distance = (found.expected * lines[..., :2]).sum(2).add(lines[..., 2]).abs()  # equation 6
    weight = (found.inside & valid) / found.spread.detach().clamp_min(LEAST_SPREAD)
    return (weight * distance).sum(), weight.sum()


def describe_terms(dense: Tensor, queries: Tensor, valid: Tensor, fundamental: Tensor,
                   stride: int, config: SearchConfig) -> tuple[Tensor, Tensor]:
    """Return the sums of equation 7 over both directions of a batch.

    Args:
        dense: (B, 2, C, H / stride, W / stride) maps of both views.
        queries: (B, 2, N, 2) pixels of both.
        valid: (B, 2, N) whether a query shows the scene.
        fundamental: (B, 3, 3), p_2^T F p_1 = 0 in pixels.
        stride: pixels to a cell.
        config: how.
    """
    total = count = dense.new_zeros((), dtype=torch.float32)
    for one, F in ((0, fundamental), (1, fundamental.transpose(1, 2))):
        rows = unit_rows(dense[:, one], queries[:, one], stride)
        lines = epipolar_lines(queries[:, one], F)
        found = search(rows, unit_map(dense[:, 1 - one]), lines, stride, config)
        above, below = weighted_distances(found, lines, valid[:, one])
        total, count = total + above, count + below
    return total, count
