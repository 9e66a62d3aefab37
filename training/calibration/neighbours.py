# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Who is nearest to each keypoint in the other view, in all of it and where geometry leads."""
from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from residual_features_ros import Features
from residual_features_ros.geometry.homography import transform
from residual_features_ros.nearest import nearest, similarity_of
from residual_features_ros.thresholds import WINDOW_PX
from training.benchmarks import metrics
from training.benchmarks.metrics import CORRECT_PX


@dataclass(frozen=True)
class Neighbours:
    """Of keypoints (N,) of first views, the nearest ones of the second views.

    distances, seconds: (N,) to the nearest and the second nearest of all: bits, or L2 of unit
        rows; inf where there is no second.
    right: (N,) bool, the nearest lies within CORRECT_PX of the true place.
    mutual: (N,) bool, nobody else is nearer to the nearest.
    led: (N,) to the nearest of those within WINDOW_PX of the true place, inf where there is none.
    led_right: (N,) bool, that one lies within CORRECT_PX.
    part: (N,) of their pair (pairs.ViewPair).
    """

    distances: np.ndarray
    seconds: np.ndarray
    right: np.ndarray
    mutual: np.ndarray
    led: np.ndarray
    led_right: np.ndarray
    part: np.ndarray

    @property
    def ratios(self) -> np.ndarray:
        """Return the ratios (N,) in [0, 1] of nearest and second nearest, 1 of two zeros."""
        return np.divide(self.distances, self.seconds, out=np.ones(len(self.seconds)),
                         where=self.seconds > 0)

    def take(self, mask: np.ndarray) -> Neighbours:
        """Return those that a mask (N,) selects."""
        return Neighbours(*(getattr(self, field.name)[mask]
                            for field in dataclasses.fields(self)))


def neighbours(a: Features, b: Features, homography: np.ndarray, part: str) -> Neighbours:
    """Return the nearest ones of all keypoints of a in b, which has some.

    Args:
        a: of the first view.
        b: of the second view.
        homography: (3, 3) from a to b.
        part: of their pair.
    """
    similarity = similarity_of(a.descriptors, b.descriptors).astype(np.float32)  # (N, M)
    found, rows = nearest(similarity, seconds=True), np.arange(len(a))
    apart = metrics.distances(transform(a.keypoints, homography), b.keypoints)  # (N, M) pixels
    apart = np.where(np.isfinite(apart), apart, np.inf)  # behind the camera
    led = np.where(apart <= WINDOW_PX, similarity, -np.inf)
    best = led.argmax(1)
    return Neighbours(
        to_distances(similarity[rows, found.best], a.descriptors),
        to_distances(found.second, a.descriptors), apart[rows, found.best] < CORRECT_PX,
        found.back[found.best] == rows, to_distances(led[rows, best], a.descriptors),
        apart[rows, best] < CORRECT_PX, np.full(len(a), part))


def to_distances(similarity: np.ndarray, descriptors: np.ndarray) -> np.ndarray:
    """Return the distances of products of bits (uint8) as -1 and 1, or of unit rows."""
    products = similarity.astype(np.float64)
    if descriptors.dtype == np.uint8:
        return np.asarray((8 * descriptors.shape[1] - products) / 2)
    return np.sqrt(np.maximum(2 - 2 * products, 0))


def joined(parts: Sequence[Neighbours]) -> Neighbours:
    """Return the neighbours of many pairs as one."""
    return Neighbours(*(np.concatenate([getattr(one, field.name) for one in parts])
                        for field in dataclasses.fields(Neighbours)))
