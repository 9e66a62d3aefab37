# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Validation scores: matching score and repeatability on held-out pairs of either kind."""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from training.data.sources.opening import Source
from training.detected import extract
from training.methods.lfnet.config import LFNetConfig
from training.methods.lfnet.data import open_dataset
from training.methods.lfnet.warps import both_ways
from training.networks import Networks

SEED = 20_000
CORRECT_PX = 5.0  # section 4.2
Pair = dict[str, np.ndarray]


def validation_pairs(source: Source, config: LFNetConfig) -> list[Pair]:
    """Make the held-out pairs, the same for every run with the same data settings."""
    count = config.data.validation_pairs
    dataset = open_dataset(source, config, SEED, count)
    return [dataset[number] for number in range(count)]


def score(places: np.ndarray, seen: np.ndarray, others: np.ndarray,
          similarity: np.ndarray) -> tuple[float, float]:
    """Return the matching score and the repeatability of a pair, both at 5 px.

    Args:
        places: (N, 2) of view 1's keypoints in view 2.
        seen: (N,) which of them view 2 shows; the others do not count.
        others: (M, 2) keypoints of view 2.
        similarity: (N, M) of descriptors, larger is nearer.
    """
    if not seen.any() or not len(others):
        return 0.0, 0.0
    places = places[seen]
    chosen = others[similarity[seen].argmax(1)]
    right = np.linalg.norm(chosen - places, axis=1) < CORRECT_PX
    apart = np.linalg.norm(others[None] - places[:, None], axis=2)
    return float(right.mean()), float((apart < CORRECT_PX).any(1).mean())


def validate(networks: Networks, pairs: list[Pair], count: int) -> dict[str, float]:
    """Return the means over pairs, from the first view to the second.

    Args:
        networks: of the model, in eval mode.
        pairs: items of HomographyPairs or DepthPairs.
        count: most keypoints in an image.
    """
    found = []
    for pair in pairs:
        first, second = (extract(networks, image, count) for image in pair['images'])
        batch = {name: torch.from_numpy(values)[None] for name, values in pair.items()}
        places, seen = _move(batch, first.keypoints)
        found.append(score(places, seen, second.keypoints,
                           first.descriptors @ second.descriptors.T))
    return dict(zip(('ms', 'repeatability'), np.mean(found, 0).tolist(), strict=True))


def _move(batch: dict[str, Tensor], points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return places (N, 2) in the second view and which are seen there."""
    both = torch.from_numpy(points).expand(2, -1, -1)  # the warps are of both ways
    places, seen = both_ways(batch).move(both)
    return places[0].numpy(), seen[0].numpy()
