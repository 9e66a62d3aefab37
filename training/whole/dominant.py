# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Orientations of keypoints as cv2.SIFT finds them (Lowe 2004, section 5).

OpenCV counts the directions of the gradients of all pixels around a keypoint, in the image of the
scale that it was found in. Of several dominant ones the runtime keeps the one of the least angle
(selection.strongest, selection.first_orientations), and so does this.
"""
from __future__ import annotations

import torch
from torch import Tensor, nn

from training.whole.rows import directions, whole_numbers
from training.whole.samples import Samples, gathered

BINS = 36
GROUP = 6  # bins of a group; a bin is a group and a place in it
WEIGHT_SIGMA = 1.5  # of the keypoint's, of the weights around it
REACH = 3.0  # of that: radius of the pixels that count
SMOOTH = (0.375, 0.25, 0.0625)  # shares of a bin, of its neighbours, and of theirs
DOMINANT = 0.8  # of the largest peak


class Dominant(nn.Module):
    """The orientations of keypoints in the images of octaves."""

    def __init__(self, largest: float) -> None:
        """Hold the window of a keypoint of the largest sigma, in pixels of its octave."""
        super().__init__()
        self.steps: Tensor
        self.smooth: Tensor
        self.places: Tensor
        self.bins: Tensor
        self.radius = round(REACH * WEIGHT_SIGMA * largest)
        eye = torch.eye(BINS)
        smooth = sum((share * (eye.roll(step, 1) + eye.roll(-step, 1)) / (1 if step else 2)
                      for step, share in enumerate(SMOOTH)), torch.zeros(BINS, BINS))
        buffers = {'steps': torch.arange(-self.radius - 1, self.radius + 2), 'smooth': smooth,
                   'places': whole_numbers(GROUP), 'bins': whole_numbers(BINS).view(-1)}
        for name, values in buffers.items():
            self.register_buffer(name, values, persistent=False)

    def forward(self, flat: Tensor, samples: Samples, sigma: Tensor) -> Tensor:
        """Return (B, N) degrees.

        Args:
            flat: (B, L) the images of all octaves.
            samples: keypoints (B, N) in them.
            sigma: (B, N) of keypoints, in pixels of their octaves.
        """
        side, steps = len(self.steps), self.steps
        x, y = samples.x.unsqueeze(2), samples.y.unsqueeze(2)  # (B, N, 1)
        columns = torch.minimum((x + steps).clamp_min(0), samples.width.unsqueeze(2) - 1)
        rows = torch.minimum((y + steps).clamp_min(0), samples.height.unsqueeze(2) - 1)
        corner = samples.at() - samples.y * samples.width - samples.x
        rows = rows * samples.width.unsqueeze(2) + corner.unsqueeze(2)
        at = (rows.unsqueeze(3) + columns.unsqueeze(2)).flatten(2)  # (B, N, side * side)
        image = gathered(flat, at).reshape(-1, int(x.shape[1]), side, side)
        right = (image[..., 1:-1, 2:] - image[..., 1:-1, :-2]).flatten(2)
        up = (image[..., :-2, 1:-1] - image[..., 2:, 1:-1]).flatten(2)
        weights = self.weights(y, samples.height, sigma).unsqueeze(3) \
            * self.weights(x, samples.width, sigma).unsqueeze(2)
        lengths = (right * right + up * up).sqrt() * weights.flatten(2)
        number = torch.round(directions(right, up, BINS))
        number = torch.where(number >= BINS, 0.0, number).unsqueeze(2)
        group = torch.floor(number * (1 / GROUP))
        first = torch.where(group == self.places, lengths.unsqueeze(2), 0.0)  # (B, N, groups, S)
        second = (number - group * GROUP == self.places).float()
        return self.angles((first @ second.transpose(2, 3)).flatten(2) @ self.smooth)

    def weights(self, at: Tensor, length: Tensor, sigma: Tensor) -> Tensor:
        """Return the weights (B, N, side - 2) of pixels along an axis; 0 for those not counted.

        Args:
            at: (B, N, 1) place of the keypoint.
            length: (B, N) of the axis.
            sigma: (B, N) of the keypoint.
        """
        steps, sigma = self.steps[1:-1], sigma.unsqueeze(2)
        place = at + steps
        counts = (steps.abs() <= torch.round(REACH * WEIGHT_SIGMA * sigma)) & (place > 0) \
            & (place < length.unsqueeze(2) - 1)
        away = steps.float() / (WEIGHT_SIGMA * sigma)
        return torch.where(counts, torch.exp(away.square() / -2), 0.0)

    def angles(self, histogram: Tensor) -> Tensor:
        """Return the least dominant angle (B, N) of histograms (B, N, BINS)."""
        before = torch.cat([histogram[..., -1:], histogram[..., :-1]], 2)
        after = torch.cat([histogram[..., 1:], histogram[..., :1]], 2)
        is_peak = (histogram > torch.maximum(before, after)) \
            & (histogram >= DOMINANT * histogram.amax(2, keepdim=True))
        curvature = torch.where(is_peak, before + after - 2 * histogram, -1.0)
        turn = self.bins + (before - after) / (2 * curvature)
        turn = torch.where(turn > 0, turn, turn + BINS)  # (0, BINS]
        turn = torch.where(is_peak, turn, 0.0).amax(2)
        return torch.where(turn > 0, (BINS - turn) * (360 / BINS), 0.0)
