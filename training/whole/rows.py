# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is read around keypoints: the twins of rows.gradients, orientation, sift_rows and windows.

Keypoints are (B, N, 2) places in pixels, (B, N) diameters and (B, N) angles in degrees.
"""
from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from residual_features_ros.loops import ARCTANGENT, FLOOR
from residual_features_ros.rows import gradients, orientation, sift_rows, windows
from residual_features_ros.rows.windows import Window
from training.whole.squares import Atlas, Squares

LEAST_STEP = 1e-3  # pixels, of which a logarithm is taken


def unit(rows: Tensor) -> Tensor:
    """L2-normalise (..., D); a zero row stays zero."""
    return rows / rows.square().sum(-1, keepdim=True).sqrt().clamp_min(1e-12)


def log2(values: Tensor) -> Tensor:
    """Return logarithms of base 2, of LEAST_STEP at least."""
    return torch.log(values.clamp_min(LEAST_STEP)) * (1 / math.log(2))


def arctangent(ratio: Tensor) -> Tensor:
    """Return the arctangents of [0, 1], as loops.gradients; Atan itself is slow in runtimes."""
    c0, c1, c2, c3, c4 = map(float, ARCTANGENT)
    s = ratio * ratio
    return ratio * (c0 + s * (c1 + s * (c2 + s * (c3 + s * c4))))


def directions(right: Tensor, up: Tensor, turn: int) -> Tensor:
    """Return the directions of gradients, [0, turn]; a turn goes anticlockwise."""
    a, b, quarter = right.abs(), up.abs(), turn / 4
    angle = arctangent(torch.minimum(a, b) / (torch.maximum(a, b) + float(FLOOR))) \
        * (turn / (2 * math.pi))
    angle = torch.where(b > a, quarter - angle, angle)
    angle = torch.where(right < 0, 2 * quarter - angle, angle)
    return torch.where(up < 0, 4 * quarter - angle, angle)


class Gradients(nn.Module):
    """Lengths and directions of the gradients on a grid around each keypoint."""

    def __init__(self, atlas: Atlas, inner: int, directions: int) -> None:
        """Hold the grid: inner x inner gradients, whose directions make a turn."""
        super().__init__()
        self.blur: Tensor
        self.squares, self.directions = Squares(atlas, inner + 2), directions
        side = inner + 2
        # The twin's matrix, read off it: each column is a blurred unit vector.
        columns = gradients.smooth(
            torch.eye(side)[:, None].expand(-1, side, -1).numpy())[:, 0]
        self.register_buffer('blur', torch.from_numpy(columns), persistent=False)

    def forward(self, joined: Tensor, places: Tensor, diameters: Tensor,
                turn: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return twice (B, N, inner * inner); directions are in [0, directions]."""
        step = diameters * gradients.STEP
        level = torch.floor(log2(step) + gradients.LEVEL_BIAS)
        samples = self.squares(joined, *self.squares.atlas.frames(places, step, turn, level))
        smooth = self.blur.T @ (samples @ self.blur)
        right = (smooth[..., 1:-1, 2:] - smooth[..., 1:-1, :-2]).flatten(2)
        up = (smooth[..., :-2, 1:-1] - smooth[..., 2:, 1:-1]).flatten(2)
        return (right * right + up * up).sqrt(), directions(right, up, self.directions)


def near(direction: Tensor, bins: Tensor) -> Tensor:
    """Return the shares (..., bins, S) that bins at `bins` (bins, 1) have of directions (..., S).

    A direction lies between two bins, which share it.
    """
    return (1 - (direction.unsqueeze(-2) - bins).abs()).clamp_min(0)


def whole_numbers(count: int) -> Tensor:
    """Return (count, 1) from 0 on."""
    return torch.arange(float(count)).view(-1, 1)


class Orientations(nn.Module):
    """The dominant direction of the gradients around keypoints."""

    def __init__(self, atlas: Atlas) -> None:
        """Hold the grid and the weights of its samples."""
        super().__init__()
        self.weights: Tensor
        self.fold: Tensor
        self.places: Tensor
        bins = orientation.BINS
        self.gradients = Gradients(atlas, orientation.INNER, bins)
        # What smooths a histogram over neighbouring bins, as often as there are passes.
        once = torch.eye(bins) / 2
        once = once + (once.roll(1, 1) + once.roll(-1, 1)) / 2
        # A direction is a group of bins and a place in it: two small histograms and their
        # product, instead of a large one. Whole turns are the first bin.
        self.group = math.isqrt(bins)
        pairs = whole_numbers(self.group + 1) * self.group + whole_numbers(self.group + 1).T
        fold = torch.nn.functional.one_hot(pairs.flatten().long() % bins, bins).float()
        buffers = {'weights': torch.from_numpy(orientation.WEIGHTS).flatten(),
                   'fold': fold @ once.matrix_power(orientation.PASSES),
                   'places': whole_numbers(self.group + 1)}
        for name, values in buffers.items():
            self.register_buffer(name, values, persistent=False)

    def forward(self, joined: Tensor, places: Tensor, diameters: Tensor) -> Tensor:
        """Return (B, N) degrees, clockwise in the image."""
        length, direction = self.gradients(joined, places, diameters, None)
        bins = orientation.BINS
        group = torch.floor(direction * (1 / self.group))
        first = near(group, self.places) * (length * self.weights).unsqueeze(2)
        second = near(direction - group * self.group, self.places)
        total = (first @ second.transpose(2, 3)).flatten(2) @ self.fold
        peak = total.argmax(2, keepdim=True)
        middle = total.amax(2, keepdim=True)
        before = total.gather(2, torch.where(peak > 0, peak - 1, bins - 1))
        after = total.gather(2, torch.where(peak < bins - 1, peak + 1, 0))
        curvature = (2 * middle - before - after).clamp_min(1e-12)
        turn = (peak.float() + (after - before) / (2 * curvature)).squeeze(2)
        angle = turn * (-360 / bins)
        return angle - 360 * torch.floor(angle / 360)


class SiftRows(nn.Module):
    """SIFT's descriptors of keypoints."""

    def __init__(self, atlas: Atlas, rooted: bool) -> None:
        """Hold the grid and the product that pools it; rooted for RootSIFT."""
        super().__init__()
        self.pooling: Tensor
        self.bins: Tensor
        self.gradients = Gradients(atlas, sift_rows.INNER, sift_rows.BINS)
        self.rooted = rooted
        shares = torch.from_numpy(sift_rows.SHARES)
        pooling = torch.einsum('yi,xj->yxij', shares, shares)
        buffers = {'pooling': pooling.reshape(sift_rows.INNER**2, sift_rows.CELLS**2),
                   'bins': whole_numbers(sift_rows.BINS + 1)}
        for name, values in buffers.items():
            self.register_buffer(name, values, persistent=False)

    def forward(self, joined: Tensor, places: Tensor, diameters: Tensor,
                angles: Tensor) -> Tensor:
        """Return (B, N, 128) unit rows."""
        length, direction = self.gradients(joined, places, diameters, angles * (math.pi / 180))
        parts = near(direction, self.bins) * length.unsqueeze(2)
        rows = parts @ self.pooling  # (B, N, bins + 1, cells), whose last bin is the first
        rows = torch.cat([rows[:, :, :1] + rows[:, :, -1:], rows[:, :, 1:-1]], 2)
        rows = rows.transpose(2, 3).flatten(2)
        rows = unit(unit(rows).clamp_max(sift_rows.CLIP))
        if not self.rooted:
            return rows
        return unit((rows / rows.sum(-1, keepdim=True).clamp_min(1e-12)).sqrt())


class Windows(nn.Module):
    """Windows of the image around keypoints."""

    def __init__(self, atlas: Atlas, sides: Sequence[Window], samples: int) -> None:
        """Hold which: C of them, of S x S samples."""
        super().__init__()
        self.sides: Tensor
        self.turned: Tensor
        self.squares, self.samples = Squares(atlas, samples), samples
        for name, values in (('sides', [window.side / samples for window in sides]),
                             ('turned', [float(window.turned) for window in sides])):
            self.register_buffer(name, torch.tensor(values), persistent=False)

    def forward(self, joined: Tensor, places: Tensor, diameters: Tensor,
                angles: Tensor | None) -> Tensor:
        """Return (B, N, C, S, S), each window of mean 0 and standard deviation 1."""
        count, kinds = places.shape[1], len(self.sides)
        step = (diameters.unsqueeze(2) * self.sides).flatten(1)  # (B, N) -> (B, N * C)
        turn = None if angles is None else (
            (angles * (math.pi / 180)).unsqueeze(2) * self.turned).flatten(1)
        around = places.unsqueeze(2).expand(-1, -1, kinds, -1).flatten(1, 2)
        level = torch.round(log2(step))
        read = self.squares(joined, *self.squares.atlas.frames(around, step, turn, level))
        read = read - read.mean((2, 3), keepdim=True)
        variance = read.square().mean((2, 3), keepdim=True)
        return (read / (variance + windows.LEAST_VARIANCE).sqrt()).reshape(
            -1, count, kinds, self.samples, self.samples)
