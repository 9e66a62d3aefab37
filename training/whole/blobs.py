# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Maxima of the determinant of the Hessian: the twin of keypoints.hessian.

Maxima of all octaves are ranked by their samples first, since TensorRT ranks no more than MOST;
those that are refined are ranked again.
"""
from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional

from residual_features_ros.keypoints import hessian
from residual_features_ros.keypoints.hessian import BASE_SIGMA, LAYERS, OCTAVES, PIXEL_SIGMA
from residual_features_ros.loops import CLEAR
from training.whole.blur import Blur
from training.whole.found import MOST, NONE, Found
from training.whole.quadratic import STEPS, refined
from training.whole.samples import gathered

LEAST_BLUR = 0.05  # that hessian.blurred adds, in pixels
AHEAD = 2  # times as many as are wanted are refined


def determinants(stack: Tensor, norms: Tensor) -> Tensor:
    """Return (B, S, H, W) determinants times `norms` (1, S, 1, 1), as hessian.determinants."""
    left, middle, right = stack[..., :-2], stack[..., 1:-1], stack[..., 2:]
    beside = left + right
    xx, yy, xy = beside - 2 * middle, beside + 2 * middle, right - left
    xx = xx[..., :-2, :] + 2 * xx[..., 1:-1, :] + xx[..., 2:, :]
    yy = yy[..., :-2, :] - 2 * yy[..., 1:-1, :] + yy[..., 2:, :]
    xy = xy[..., 2:, :] - xy[..., :-2, :]
    return functional.pad((xx * yy - xy * xy) * norms, (1, 1, 1, 1))


def maxima(response: Tensor, size: tuple[int, int], first: int, threshold: float) -> Tensor:
    """Return (B, S', H', W') flattened: determinants of maxima, else NONE.

    Each stands for a block of 2 x 2 samples, no two of which are maxima; those nearer than CLEAR
    to the border are left out, and scales before `first` and the last one. Of equal samples beside
    each other, which images hardly have, several may be maxima.

    Args:
        response: (B, LAYERS + 2, H, W).
        size: (H, W).
        first: 0 where there is no octave before, else 1.
        threshold: least determinant.
    """
    height, width = size
    largest = functional.max_pool2d(response.reshape(-1, 1, height, width), 3, 1, 1)
    largest = largest.reshape(-1, LAYERS + 2, height, width)
    around = torch.maximum(largest[:, first:-1], largest[:, first + 1:])
    below = largest[:, max(first - 1, 0):-2]
    if not first:  # has no scale below
        below = functional.pad(below, (0, 0, 0, 0, 1, 0), value=NONE)
    plane = response[:, first:-1]
    is_peak = (plane >= torch.maximum(around, below)) & (plane > threshold)
    peaks = torch.where(is_peak, plane, NONE)[..., CLEAR:height - CLEAR, CLEAR:width - CLEAR]
    blocks = functional.max_pool2d(peaks.reshape(-1, 1, height - 2 * CLEAR, width - 2 * CLEAR), 2,
                                   2, ceil_mode=True)
    across, down = ((side - 2 * CLEAR + 1) // 2 for side in (width, height))
    return blocks.reshape(-1, (LAYERS + 1 - first) * down * across)


class Octave(nn.Module):
    """An image of one size at the scales of an octave, as hessian.blurred."""

    def __init__(self, width: int, height: int, sigma: float, present: float) -> None:
        """Hold the blurs from scale to scale.

        Args:
            width: of the image.
            height: of the image.
            sigma: of the first scale, in its pixels.
            present: of the image.
        """
        super().__init__()
        self.size, blurs = (height, width), []
        for layer in range(LAYERS + 2):
            wanted = sigma * 2 ** (layer / LAYERS)
            added = math.sqrt(max(wanted**2 - present**2, 0))
            side = 2 * math.ceil(hessian.REACH * added) + 1
            blurs.append(Blur(width, height, added, side) if added >= LEAST_BLUR
                         else nn.Identity())
            present = wanted
        self.blurs = nn.ModuleList(blurs)

    def forward(self, image: Tensor) -> Tensor:
        """(B, 1, H, W) -> (B, LAYERS + 2, H, W)."""
        stack = []
        for blur in self.blurs:
            image = blur(image)
            stack.append(image)
        return torch.cat(stack, 1)


class Hessian(nn.Module):
    """The detector for images of one size."""

    def __init__(self, width: int, height: int, count: int, first_octave: int,
                 threshold: float) -> None:
        """Hold the tables of its octaves.

        Args:
            width: of the images.
            height: of the images.
            count: most keypoints.
            first_octave: 0 or 1.
            threshold: of the determinant.
        """
        super().__init__()
        self.table: Tensor
        self.norms: Tensor
        self.first_octave, self.threshold = first_octave, threshold
        half, sigma = 2**first_octave, BASE_SIGMA[first_octave]
        self.side = -(-width // half), -(-height // half)
        rows, octaves = [], []  # of each octave: where its blocks and samples begin, and sizes
        blocks, samples, (width, height) = 0, 0, self.side
        for octave in range(first_octave, first_octave + OCTAVES):
            first = int(octave > first_octave)
            octaves.append(Octave(width, height, sigma, sigma if first else PIXEL_SIGMA))
            across, down = ((side - 2 * CLEAR + 1) // 2 for side in (width, height))
            rows.append((blocks, samples, first, across, across * down, width, width * height,
                         octave))
            blocks += (LAYERS + 1 - first) * across * down
            samples += (LAYERS + 2) * width * height
            width, height = width // 2, height // 2
            if min(width, height) < hessian.LEAST_SIDE:
                break
        self.octaves: Iterable[Octave] = nn.ModuleList(octaves)  # type: ignore[assignment]
        self.candidates = min(MOST, AHEAD * count, blocks) if count <= MOST else blocks
        self.count = min(count, self.candidates)
        norms = (sigma * 2 ** (torch.arange(LAYERS + 2) / LAYERS)) ** 4 / hessian.WHITE**2 / 16
        for name, values in (('table', torch.tensor(rows).T.contiguous()),
                             ('norms', norms.view(1, -1, 1, 1))):
            self.register_buffer(name, values, persistent=False)

    def responses(self, grey: Tensor) -> list[Tensor]:
        """Return the determinants of each octave, (B, LAYERS + 2, H, W)."""
        image, found = grey, []
        for octave in self.octaves:
            stack = octave(image)
            found.append(determinants(stack, self.norms))
            height, width = (side // 2 * 2 for side in octave.size)
            image = functional.avg_pool2d(stack[:, LAYERS:LAYERS + 1, :height, :width], 2)
        return found

    def forward(self, grey: Tensor) -> Found:
        """Find keypoints in (B, 1, H, W): grey levels, or the pyramid's level first_octave."""
        responses = self.responses(grey)
        sizes = [octave.size for octave in self.octaves]
        blocks = torch.cat([maxima(response, size, int(number > 0), self.threshold) for number,
                            (response, size) in enumerate(zip(responses, sizes, strict=True))], 1)
        flat = torch.cat([response.flatten(1) for response in responses], 1)
        values, index = blocks.topk(self.candidates, 1)
        scale, y, x, octave, start = self.places(index)
        width, area = (self.table[row][octave] for row in (5, 6))
        at = start + scale * area + y * width + x
        corners = torch.stack([at, at + 1, at + width, at + width + 1], 2)
        inside = flat.shape[1] - 1
        best = gathered(flat, corners.clamp_max(inside)).argmax(2)  # the largest is the maximum
        down = (best > 1).long()
        right = best - 2 * down
        x, y, at = x + right, y + down, at + right + down * width
        around = [at + s * area + v * width + u for s, v, u in STEPS]
        near = gathered(flat, torch.stack(around, 2).clamp(0, inside))
        offsets, value = refined(near, scale > 0)
        score = torch.where(values > NONE, value, NONE)
        score, order = score.topk(self.count, 1)
        offsets = offsets.gather(1, order.unsqueeze(2).expand(-1, -1, 3))
        scale, y, x, octave = (part.gather(1, order) for part in (scale, y, x, octave))
        octave = self.table[7][octave]
        side = torch.pow(2.0, octave.float())
        places = (torch.stack([x, y], 2).float() + offsets[..., 1:].flip(2) + 0.5) \
            * side.unsqueeze(2) - 0.5
        sigma = BASE_SIGMA[self.first_octave] * side \
            * torch.pow(2.0, (scale.float() + offsets[..., 0]) * (1 / LAYERS))
        return Found(places, 2 * sigma, score, octave, torch.full_like(score, -1))

    def places(self, index: Tensor) -> tuple[Tensor, ...]:
        """Return scale, y, x, number of the octave and its first sample, of blocks (B, K)."""
        starts = self.table[0]
        octave = (index.unsqueeze(2) >= starts[1:]).long().sum(2)
        start, samples, first, across, block = (self.table[row][octave] for row in range(5))
        local = index - start
        scale = torch.div(local, block, rounding_mode='trunc')
        local = local - scale * block
        row = torch.div(local, across, rounding_mode='trunc')
        column = local - row * across
        return scale + first, 2 * row + CLEAR, 2 * column + CLEAR, octave, samples
