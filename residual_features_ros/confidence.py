# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How likely a match is right: a logistic regression on what the matcher knows of it anyway."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from residual_features_ros.config import from_mapping
from residual_features_ros.types import Features

# What each number of a match is; none changes where the two images are exchanged.
MEASURES = {
    'distance': 'of the descriptors, L2 of unit rows in [0, 2]; of bits 2 sqrt(differing / all)',
    'ratio': 'of that to the second nearest, the larger of both directions',
    'other_ratio': 'the smaller of both',
    'scale': "log of the ratio of sizes, off the images' consensus",
    'angle': "1 - cosine of the difference of angles, off the images' consensus",
    'size': 'log of the geometric mean of both diameters in pixels',
    'response': 'log of the geometric mean of both responses',
}
CONSENSUS_SHARE = 0.3  # of the matches, those of the least ratio, say how the images differ
LEAST_SIZE, LEAST_RESPONSE = 1e-6, 1e-12  # whose logarithm is still a number


@dataclass(frozen=True)
class Candidates:
    """Mutual nearest neighbours of two images, before any of them is dropped.

    indices: (M, 2) rows of a and of b.    distances: (M,) L2 of unit rows, or bits.
    similarity: (M,) products of the descriptors, of any scale.
    seconds: (M, 2) products with the second nearest: of a's row in b, and of b's row in a; the
        least number of the type, or -inf, where there is none.
    """

    a: Features
    b: Features
    indices: np.ndarray
    distances: np.ndarray
    similarity: np.ndarray
    seconds: np.ndarray


@dataclass(frozen=True)
class Term:
    """What a measure x adds: linear * x + square * x**2, x clipped to [low, high]."""

    low: float
    high: float
    linear: float
    square: float

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return what values (M,) add."""
        clipped = np.minimum(np.maximum(values, self.low), self.high)
        return clipped * (self.linear + self.square * clipped)


@dataclass(frozen=True)
class ConfidenceModel:
    """The logistic regression of one method; a part of its card.

    terms: by names of MEASURES.
    fit: what it was fitted on, by which command, and how reliable it is.
    """

    bias: float
    terms: Mapping[str, Term]
    fit: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ValueError for a measure that nobody here knows."""
        for name in self.terms:
            if name not in MEASURES:
                raise ValueError(f'a confidence of the measure {name!r}; known: '
                                 f'{", ".join(MEASURES)}')

    def of(self, candidates: Candidates) -> np.ndarray:
        """Return the probability (M,) float32 of each match that it is right."""
        return self.of_measures(measure(candidates))

    def of_measures(self, measures: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the probability (M,) float32 for measures (M,) each."""
        logits = self.bias + sum(term(measures[name]) for name, term in self.terms.items())
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def read_model(block: Mapping[str, Any]) -> ConfidenceModel:
    """Return the model of a card's block; ValueError or TypeError where it is none."""
    terms = {name: from_mapping(Term, term) for name, term in block['terms'].items()}
    return from_mapping(ConfidenceModel, {**block, 'terms': terms})


def measure(candidates: Candidates) -> dict[str, np.ndarray]:
    """Return the MEASURES of matches, (M,) float64 each; one that a method lacks is constant."""
    a, b, (rows, columns) = candidates.a, candidates.b, candidates.indices.T
    distance = unit_distances(candidates)
    ratios = ratios_to_second(distance, candidates.similarity, candidates.seconds)
    worse, better = (largest(*ratios.T) for largest in (np.maximum, np.minimum))
    leading = most_distinct(worse)
    sizes = positive(a.sizes[rows], LEAST_SIZE), positive(b.sizes[columns], LEAST_SIZE)
    responses = (positive(a.responses[rows], LEAST_RESPONSE)
                 * positive(b.responses[columns], LEAST_RESPONSE))
    return {
        'distance': distance, 'ratio': worse, 'other_ratio': better,
        'scale': off_median(np.log(sizes[0] / sizes[1]), leading),
        'angle': off_mean_angle(a.angles[rows] - b.angles[columns], leading),
        'size': np.log(sizes[0] * sizes[1]) / 2, 'response': np.log(responses) / 2}


def positive(values: np.ndarray, least: float) -> np.ndarray:
    """Return values as float64, `least` where they are smaller."""
    return np.maximum(values.astype(np.float64), least)


def unit_distances(candidates: Candidates) -> np.ndarray:
    """Return the L2 distances (M,) of matches, bits as those of unit rows of -1 and 1."""
    distances = candidates.distances.astype(np.float64)
    rows = candidates.a.descriptors
    return 2 * np.sqrt(distances / (8 * rows.shape[1])) if rows.dtype == np.uint8 else distances


def ratios_to_second(distance: np.ndarray, similarity: np.ndarray,
                     seconds: np.ndarray) -> np.ndarray:
    """Return the ratios (M, 2) in [0, 1] of distances (M,) to those of the second nearest.

    The products are of any scale, so the distance of the second follows from their ratio.
    """
    products = similarity.astype(np.float64)
    alike = products > 0
    cosine = 1 - distance * distance / 2
    second = seconds * (cosine / np.where(alike, products, 1))[:, None]  # (M, 2) cosines
    apart = np.sqrt(np.maximum(2 - 2 * second, 0))
    found = distance[:, None] / np.maximum(apart, 1e-12)
    return np.where((apart > 0) & alike[:, None], np.minimum(found, 1), 1)


def most_distinct(ratio: np.ndarray) -> np.ndarray:
    """Return which of ratios (M,) are among the least CONSENSUS_SHARE, one at least."""
    if not len(ratio):
        return np.zeros(0, bool)
    last = int(CONSENSUS_SHARE * (len(ratio) - 1))
    found: np.ndarray = ratio <= np.partition(ratio, last)[last]
    return found


def off_median(values: np.ndarray, leading: np.ndarray) -> np.ndarray:
    """Return how far values (M,) are off the median of the leading ones (M,) bool."""
    return np.abs(values - np.median(values[leading])) if len(values) else values


def off_mean_angle(angles_deg: np.ndarray, leading: np.ndarray) -> np.ndarray:
    """Return 1 - cosine (M,) of how far angles are off the circular mean of the leading ones."""
    turns = np.radians(angles_deg.astype(np.float64))
    cosines, sines = np.cos(turns), np.sin(turns)
    along, across = cosines[leading].sum(), sines[leading].sum()
    return 1 - (cosines * along + sines * across) / max(np.hypot(along, across), 1e-12)
