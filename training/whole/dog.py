# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Extrema of differences of Gaussians (Lowe 2004) as cv2.SIFT finds them.

OpenCV upsamples the image by 2 (`doubled`), blurs it to scales of 2**(1/3) apart, takes each next
octave's first image from every other pixel, refines extrema of all octaves (`interpolation`) and
orients them (`dominant`). Here they are ranked by their samples first, since TensorRT ranks no
more than MOST; those that stay are ranked again.
"""
from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from residual_features_ros.keypoints.sift import LAYERS, LEVELS
from training.whole.dominant import Dominant
from training.whole.found import MOST, NONE, Found
from training.whole.gaussians import LEAST_SIDE, PRESENT_SIGMA, SIGMA, Octave, doubled
from training.whole.interpolation import interpolated
from training.whole.samples import BORDER, Samples, gathered

FIRST_BLOCK = BORDER // 2  # of 2 x 2 samples, the first that has one inside
AHEAD = 3.8  # times as many as are wanted are refined: edges are among the strongest


def extrema(differences: Sequence[Tensor], size: tuple[int, int]) -> list[Tensor]:
    """Return how large the differences of extrema are, else NONE.

    Extrema are taken for what is as far from 0 as all of 3 x 3 x 3 samples. OpenCV also takes
    those beside a larger one of the other sign, which one in ten thousand is.

    Args:
        differences: LAYERS + 2 of (B, 1, H, W).
        size: (H, W).

    Returns:
        LAYERS of (B, H' * W'), each value of a block of 2 x 2 samples: all that have one that is
        not nearer than BORDER to the border.
    """
    sizes = [each.abs() for each in differences]
    pairs = [torch.maximum(*pair) for pair in itertools.pairwise(sizes)]
    last_row, last_column = (last_block(side) for side in size)
    found = []
    for middle, *around in zip(sizes[1:-1], pairs[:-1], pairs[1:], strict=True):
        largest = functional.max_pool2d(torch.maximum(*around), 3, 1, 1)
        blocks = functional.max_pool2d(torch.where(middle >= largest, middle, NONE), 2)
        found.append(blocks[..., FIRST_BLOCK:last_row + 1, FIRST_BLOCK:last_column + 1].flatten(1))
    return found


def last_block(side: int) -> int:
    """Return the last block of an axis that has a sample inside."""
    return (side - BORDER - 1) // 2


class Dog(nn.Module):
    """The detector for images of one size."""

    def __init__(self, width: int, height: int, count: int, threshold: float,
                 oriented: bool) -> None:
        """Hold the tables of its octaves.

        Args:
            width: of the images, before they are upsampled.
            height: of the images.
            count: most keypoints.
            threshold: OpenCV's contrast threshold.
            oriented: whether keypoints have angles other than 0.
        """
        super().__init__()
        self.table: Tensor
        self.firsts: Tensor
        self.threshold, self.least = threshold, math.floor(LEVELS * threshold)
        self.dominant = Dominant(SIGMA * 2 ** ((LAYERS + 0.5) / LAYERS)) if oriented else None
        octaves: list[Octave] = []
        rows = []  # of each: first block, blocks across and of a layer, Samples
        blocks, samples, (width, height) = 0, 0, (2 * width, 2 * height)
        while not octaves or min(width, height) >= LEAST_SIDE:
            octaves.append(Octave(width, height, SIGMA if octaves else PRESENT_SIGMA))
            across, down = (last_block(side) - FIRST_BLOCK + 1 for side in (width, height))
            rows.append((blocks, across, across * down, samples, width, height))
            blocks += LAYERS * across * down
            samples += (LAYERS + 2) * width * height
            width, height = width // 2, height // 2
        self.octaves: Iterable[Octave] = nn.ModuleList(octaves)  # type: ignore[assignment]
        ahead = min(math.ceil(AHEAD * count), blocks)
        self.groups = math.ceil(ahead / MOST) if count <= MOST else 1
        self.each = math.ceil(ahead / self.groups)
        self.blocks, self.count = blocks, min(count, ahead)
        for name, values in (('table', torch.tensor(rows).T.contiguous()),
                             ('firsts', torch.arange(self.groups).view(-1, 1))):
            self.register_buffer(name, values, persistent=False)

    def stacks(self, grey: Tensor) -> list[list[Tensor]]:
        """Return the images of each octave, SCALES of (B, 1, H, W)."""
        image, found = doubled(grey), []
        for octave in self.octaves:
            found.append(octave(image))
            image = octave.following(found[-1])
        return found

    def forward(self, grey: Tensor) -> Found:
        """Find keypoints in (B, 1, H, W) grey levels."""
        stacks = self.stacks(grey)
        differences = [[after - before for before, after in itertools.pairwise(stack)]
                       for stack in stacks]
        blocks = torch.cat([block for octave, each in zip(self.octaves, differences, strict=True)
                            for block in extrema(each, octave.size)], 1)
        flat = torch.cat([each.flatten(1) for octave in differences for each in octave], 1)
        values, index = self.strongest(blocks)
        octave, samples = self.samples(flat, index)
        samples, offsets, scores = interpolated(flat, samples, self.threshold)
        scores = torch.where(values > self.least, scores, NONE)
        scores, order = self.once(scores, samples.at())
        octave, samples = octave.gather(1, order), samples.take(order)
        offsets = offsets.gather(1, order.unsqueeze(2).expand(-1, -1, 3))
        sigma = SIGMA * torch.pow(2.0, (samples.layer.float() + offsets[..., 0]) * (1 / LAYERS))
        pixel = torch.pow(2.0, octave.float()) / 2  # of the octave, in the image's
        places = (torch.stack([samples.x, samples.y], 2).float() + offsets[..., 1:].flip(2)) \
            * pixel.unsqueeze(2)
        angles = torch.zeros_like(scores)
        if self.dominant is not None:
            images = torch.cat([each.flatten(1) for stack in stacks
                                for each in stack[1:LAYERS + 1]], 1)
            start = torch.div(samples.start, LAYERS + 2, rounding_mode='trunc') * LAYERS
            angles = self.dominant(images, samples._replace(
                start=start, layer=samples.layer - 1), sigma)
        return Found(places, 2 * sigma * pixel, scores, octave, angles)

    def strongest(self, blocks: Tensor) -> tuple[Tensor, Tensor]:
        """Return the largest values of (B, blocks) and where they are, (B, groups * each).

        Where that is more than MOST, those of every second block are ranked apart, for example.
        """
        if self.groups == 1:
            values, index = blocks.topk(self.each, 1)
            return values, index
        spare = -self.blocks % self.groups
        parts = functional.pad(blocks, (0, spare), value=NONE).reshape(
            -1, (self.blocks + spare) // self.groups, self.groups)
        values, index = parts.transpose(1, 2).topk(self.each, 2)
        index = index * self.groups + self.firsts
        return values.flatten(1), index.flatten(1).clamp_max(self.blocks - 1)

    def samples(self, flat: Tensor, index: Tensor) -> tuple[Tensor, Samples]:
        """Return the octaves and extrema of blocks (B, K)."""
        octave = (index.unsqueeze(2) >= self.table[0][1:]).long().sum(2)
        begin, across, area, start, width, height = (row[octave] for row in self.table)
        local = index - begin
        layer = torch.div(local, area, rounding_mode='trunc')
        local = local - layer * area
        row = torch.div(local, across, rounding_mode='trunc')
        column = local - row * across
        corner = Samples(start, width, height, layer + 1, 2 * (row + FIRST_BLOCK),
                         2 * (column + FIRST_BLOCK))
        at = corner.at()
        four = torch.stack([at, at + 1, at + width, at + width + 1], 2)
        best = gathered(flat, four).abs().argmax(2)
        down = (best > 1).long()
        return octave, corner._replace(y=corner.y + down, x=corner.x + best - 2 * down)

    def once(self, scores: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
        """Rank (B, K) keypoints, each once: several samples may move to the same one.

        Returns:
            (B, N) scores, the highest first, and where they are.
        """
        # The others are weaker than all that are wanted.
        most = MOST if self.count <= MOST else 2 * self.count
        scores, order = scores.topk(min(self.groups * self.each, most), 1)
        at = at.gather(1, order)
        repeats = torch.zeros_like(scores, dtype=torch.bool)
        for back in (1, 2):  # equals are neighbours, since they have one score
            earlier = functional.pad(at[:, :-back], (back, 0), value=-1)
            repeats = repeats | (at == earlier)
        scores, again = torch.where(repeats, NONE, scores).topk(self.count, 1)
        return scores, order.gather(1, again)
