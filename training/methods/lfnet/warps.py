# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The true way from pixels of one view to those of the other, by homography or depth and pose.

The SE(3) module w of section 3.2, and what stands for it where there is one photograph alone.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from training.geometry import carry, cell_centres, depth_at, inside, reproject, sample, warp_points
from training.stage import Batch


class Warp(Protocol):
    """From view i to view j, for each of a batch."""

    def move(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Return the places (B, N, 2) of pixels (B, N, 2), and (B, N) which are seen there."""

    def jacobian(self, points: Tensor) -> Tensor:
        """Return (B, N, 2, 2), column k: how the place moves with coordinate k of the pixel."""


@dataclass(frozen=True)
class HomographyWarp:
    """Between two views of a photograph.

    homography: (B, 3, 3) from i to j. shown: (B, 2, H, W) bool, the pixels of i and of j that show
    the photograph.
    """

    homography: Tensor
    shown: Tensor

    def move(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Return places, and which lie inside the view, on the photograph in both."""
        places = warp_points(points, self.homography)
        start, end = (depth_at(shown, where) > 0 for shown, where in zip(
            self.shown.float().unbind(1), (points, places), strict=True))
        size = self.shown.shape[3], self.shown.shape[2]
        return places, start & end & inside(places, size)

    def jacobian(self, points: Tensor) -> Tensor:
        """Return the derivatives by central differences over a pixel."""
        return differences(points, lambda moved: warp_points(moved, self.homography))


@dataclass(frozen=True)
class PosedWarp:
    """Between two photographs of known depth and pose, of what is not occluded.

    depth: (B, 2, H, W) of i and j. K: (B, 2, 3, 3). pose: (B, 4, 4) from camera i to camera j.
    """

    depth: Tensor
    K: Tensor
    pose: Tensor

    def move(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Return places, and at which the other view's depth is theirs: nothing is nearer."""
        places, seen, _ = carry(points, self.depth, self.K, self.pose)
        return places, seen

    def jacobian(self, points: Tensor) -> Tensor:
        """Return the derivatives on a plane through the point that faces camera i."""
        depth = depth_at(self.depth[:, 0], points)
        return differences(points, lambda moved: reproject(moved, depth, self.K, self.pose)[0])


def differences(points: Tensor, move: Callable[[Tensor], Tensor]) -> Tensor:
    """Return (B, N, 2, 2) by central differences over one pixel."""
    columns = []
    for step in (0.5, 0.0), (0.0, 0.5):
        half = points.new_tensor(step)
        columns.append(move(points + half) - move(points - half))
    return torch.stack(columns, -1)


def both_ways(batch: Batch) -> Warp:
    """Return the warps of a batch of pairs, (2 B): from first to second, from second to first, ...

    Args:
        batch: HomographyPairs' or DepthPairs's arrays.
    """
    if 'homography' in batch:
        there = batch['homography']
        return HomographyWarp(paired(there, torch.linalg.inv(there)),
                              paired(batch['valid'], batch['valid'].flip(1)))
    depth, K, pose = (batch[name] for name in ('depth', 'K', 'pose'))
    return PosedWarp(paired(depth, depth.flip(1)), paired(K, K.flip(1)),
                     paired(pose, torch.linalg.inv(pose)))


def paired(first: Tensor, second: Tensor) -> Tensor:
    """(B, ...), (B, ...) -> (2 B, ...), one of the first, one of the second, ..."""
    return torch.stack([first, second], 1).flatten(0, 1)


def swapped(views: Tensor) -> Tensor:
    """(2 B, ...) of pairs' views -> for each view the other one."""
    return views.unflatten(0, (-1, 2)).flip(1).flatten(0, 1)


def warped_map(scores: Tensor, warp: Warp) -> tuple[Tensor, Tensor]:
    """Return view j's map (B, H, W) as view i sees it, 0 elsewhere; (B, H, W) where it does."""
    height, width = scores.shape[1:]
    points = cell_centres(height, width, 1).to(scores).expand(len(scores), -1, -1)
    places, seen = warp.move(points)
    values = sample(scores[:, None], places, 1)[..., 0] * seen
    return values.unflatten(1, (height, width)), seen.unflatten(1, (height, width))
