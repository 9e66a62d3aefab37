# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The map: points in space, and the keyframes that see them."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from residual_features_ros.config import MatcherConfig
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.nearest import mutual_nearest, only, similarity_of
from residual_features_ros.types import Features

NO_POINT = -1
LARGEST_SIGMA = 8.0


@dataclass(frozen=True)
class View:
    """What the map takes of an image.

    pixels: (N, 2) float64, undistorted.    descriptors: (N, D) float32 or (N, B) uint8.
    sigmas: (N,) how many times as uncertain as the smallest a keypoint is: by its size.
    """

    stamp_ns: int
    pixels: np.ndarray
    descriptors: np.ndarray
    sigmas: np.ndarray


def view_of(stamp_ns: int, features: Features, camera: Camera) -> View:
    """Return the view of an image's features."""
    sizes = features.sizes
    smallest = np.percentile(sizes, 5) if len(sizes) else 1.0
    return View(stamp_ns, camera.undistort(features.keypoints), features.descriptors,
                np.clip(sizes / max(smallest, 1e-6), 1, LARGEST_SIGMA))


def match(a: np.ndarray, b: np.ndarray, ratio: float,
          allowed: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of descriptors a and b that are each other's nearest, (M,) and (M,).

    Args:
        a: (N, D).
        b: (K, D).
        ratio: largest ratio of best to second best distance.
        allowed: (N, K) which may pair; None for all.
    """
    similarity = similarity_of(a, b)
    if allowed is not None:
        similarity = only(similarity, allowed)
    pairs = mutual_nearest(similarity, a, b, MatcherConfig(ratio=ratio)).indices
    return pairs[:, 0].astype(int), pairs[:, 1].astype(int)


@dataclass
class Keyframe:
    """A view that stays.

    pose: (4, 4) world from camera.    points: (N,) number of each keypoint's point, or NO_POINT.
    """

    number: int
    view: View
    pose: np.ndarray
    points: np.ndarray

    def seen(self) -> np.ndarray:
        """Return the rows of the keypoints that have a point."""
        return np.flatnonzero(self.points >= 0)


@dataclass
class World:
    """Points by number, and keyframes by number in the order of time.

    positions: (P, 3).    descriptors: (P, D) of the newest keypoint of each.
    """

    positions: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    descriptors: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    keyframes: dict[int, Keyframe] = field(default_factory=dict)

    @property
    def newest(self) -> Keyframe:
        """Return the last keyframe."""
        return next(reversed(self.keyframes.values()))

    def add_points(self, positions: np.ndarray, descriptors: np.ndarray) -> np.ndarray:
        """Add points (M, 3) and return their numbers (M,)."""
        if not len(self.positions):
            self.descriptors = descriptors[:0]
        first = len(self.positions)
        self.positions = np.concatenate([self.positions, positions])
        self.descriptors = np.concatenate([self.descriptors, descriptors])
        return np.arange(first, len(self.positions))

    def add_keyframe(self, keyframe: Keyframe) -> None:
        """Add a keyframe, whose descriptors its points take."""
        rows = keyframe.seen()
        self.descriptors[keyframe.points[rows]] = keyframe.view.descriptors[rows]
        self.keyframes[keyframe.number] = keyframe

    def covisible(self, points: np.ndarray, most: int) -> list[Keyframe]:
        """Return the keyframes that see most of some points, the best first."""
        wanted = np.zeros(len(self.positions) + 1, bool)  # the last is that of NO_POINT
        wanted[points] = True
        wanted[NO_POINT] = False
        shared = {number: int(wanted[frame.points].sum())
                  for number, frame in self.keyframes.items()}
        best = sorted(shared, key=lambda number: (-shared[number], -number))[:most]
        return [self.keyframes[number] for number in best if shared[number]]

    def points_of(self, keyframes: Iterable[Keyframe]) -> np.ndarray:
        """Return the numbers of the points that keyframes see, each once."""
        seen = [frame.points for frame in keyframes]
        numbers = np.unique(np.concatenate(seen)) if seen else np.zeros(0, int)
        return numbers[numbers >= 0]

    def views_of(self, points: np.ndarray) -> np.ndarray:
        """Return how many keyframes see each of some points (M,)."""
        counts = np.zeros(len(self.positions), int)
        for frame in self.keyframes.values():
            counts[frame.points[frame.seen()]] += 1
        return counts[points]

    def replace(self, old: np.ndarray, new: np.ndarray) -> None:
        """Let keypoints of the points `old` (M,) see the points `new` (M,), NO_POINT for none."""
        now = np.arange(len(self.positions) + 1)
        now[-1] = NO_POINT
        now[old] = new
        for frame in self.keyframes.values():
            frame.points = now[frame.points]

    def forget_oldest(self) -> None:
        """Drop the oldest keyframe and, now or later, the points that no other sees."""
        del self.keyframes[next(iter(self.keyframes))]
        if len(self.positions) < 2000 + 2 * sum(len(f.seen()) for f in self.keyframes.values()):
            return
        kept = self.points_of(self.keyframes.values())
        numbers = np.full(len(self.positions) + 1, NO_POINT)
        numbers[kept] = np.arange(len(kept))
        self.positions, self.descriptors = self.positions[kept], self.descriptors[kept]
        for frame in self.keyframes.values():
            frame.points = numbers[frame.points]
