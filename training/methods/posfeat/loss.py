# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Stage 1: the loss of descriptors, supervised by epipolar lines alone (section 3.2).

The coarse-to-fine search that it is compared with in Figure 7 (CAPS, arXiv 2004.13324) is as in
figure 4(a) and the authors' code: the place expected among the cells of the whole view is the
window's centre, without noise. CAPS reads a map of its own there, and has a loss of cycles.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from residual_features_ros.errors import unknown
from training.geometry import cell_centres, epipolar_lines, inside, sample
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

STRATEGIES = ('line', 'coarse')
SPREADS = ('variance', 'deviation')
LEAST_SPREAD = 0.1  # pixels, so that no query outweighs all others
# Of the coarse search, the code's, as shares of the shorter side: places further from the line do
# not count, those of the window and those of the whole view.
FARTHEST = (0.1, 0.5)


@dataclass(frozen=True)
class Found:
    """What a search gives for queries (B, N).

    expected: (B, N, 2) the place in pixels, equation 5. spread: (B, N) equation 8. inside: (B, N)
    M of equation 7. coarse: (B, N, 2) the place on the line, equation 2, or in the whole view.
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
    expected, spread = expectation(window, read(similarity, window, stride), config.spread)
    return Found(expected, spread, crossing & inside(centre, size), coarse)


def search_coarse_to_fine(queries: Tensor, dense: Tensor, lines: Tensor, stride: int,
                          config: SearchConfig) -> tuple[Found, Found]:
    """Search the whole view, then windows: what search does without the epipolar line.

    See it for the arguments; of the lines only those matter that do not cross the view.

    Returns:
        what the windows give, and what the whole view gives.
    """
    size = (dense.shape[3] * stride, dense.shape[2] * stride)
    _, crossing = clip_lines(lines, size)
    cells = cell_centres(size[1] // config.cell, size[0] // config.cell, config.cell).to(dense)
    rows = sample(dense, cells.expand(len(dense), -1, -1), stride)  # (B, S, C)
    place, spread = expectation(cells, config.temperature * queries @ rows.mT, config.spread)
    whole = Found(place, spread, crossing, place)
    similarity = config.temperature * similarities(queries, dense)
    offsets, _ = window_offsets(config.window, size, stride, dense.device)
    window = place.detach()[:, :, None] + offsets  # (B, N, S, 2)
    expected, spread = expectation(window, read(similarity, window, stride), config.spread)
    return Found(expected, spread, crossing, place.detach()), whole


def expectation(places: Tensor, logits: Tensor, spread: str) -> tuple[Tensor, Tensor]:
    """Return the place (B, N, 2) expected of equations 4 and 5, and its spread (B, N).

    Args:
        places: (B, N, S, 2) pixels, or (S, 2) where they are the same for all queries.
        logits: (B, N, S).
        spread: see spread_of.
    """
    probability = logits.softmax(2)  # equation 4, (B, N, S)
    expected = (places * probability[..., None]).sum(2)  # equation 5, (B, N, S, 2) -> (B, N, 2)
    apart = (places - expected[:, :, None]).square() * probability[..., None]
    return expected, spread_of(apart.sum(2), spread)


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


def weighted_distances(found: Found, lines: Tensor, valid: Tensor,
                       farthest_px: float = math.inf) -> tuple[Tensor, Tensor]:
    """Return numerator and denominator of equation 7.

    Args:
        found: of the search.
        lines: (B, N, 3) epipolar lines, a^2 + b^2 = 1.
        valid: (B, N) which queries count besides.
        farthest_px: places further from their line do not count.
    """
    distance = (found.expected * lines[..., :2]).sum(2).add(lines[..., 2]).abs()  # equation 6
    counted = found.inside & valid & (distance <= farthest_px)
    weight = counted / found.spread.detach().clamp_min(LEAST_SPREAD)
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
        config: how. With the coarse search, whose two levels have weighted means of their own, the
            sums are those whose quotient is the sum of both losses.
    """
    coarse = config.strategy == 'coarse'
    shorter = min(dense.shape[3:]) * stride
    farthest = [share * shorter for share in FARTHEST] if coarse else [math.inf]
    sums = [dense.new_zeros(2, dtype=torch.float32)] * len(farthest)  # of window and whole view
    for one, F in ((0, fundamental), (1, fundamental.transpose(1, 2))):
        rows = unit_rows(dense[:, one], queries[:, one], stride)
        lines = epipolar_lines(queries[:, one], F)
        given = rows, unit_map(dense[:, 1 - one]), lines, stride, config
        levels = search_coarse_to_fine(*given) if coarse else (search(*given),)
        sums = [before + torch.stack(weighted_distances(found, lines, valid[:, one], most))
                for before, found, most in zip(sums, levels, farthest, strict=True)]
    total, count = sums[0]
    if not coarse:
        return total, count
    whole, whole_count = sums[1]
    window = total / count.clamp_min(torch.finfo(count.dtype).tiny)
    return window * whole_count + config.whole_view * whole, whole_count
