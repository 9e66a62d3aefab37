# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of views: photographs under homographies, or real ones with depth and poses."""
from __future__ import annotations

from training.data.cached import Samples
from training.data.pairs.depth_pairs import DepthPairs
from training.data.pairs.homography_pairs import HomographyPairs
from training.data.sources.opening import Source, cached
from training.data.sources.posed import PosedPairs
from training.methods.lfnet.config import LFNetConfig


def open_dataset(source: Source, config: LFNetConfig, seed: int, length: int) -> Samples:
    """Return `length` samples of a source, kept in data.cache where that is set."""
    dataset: DepthPairs | HomographyPairs
    if isinstance(source, PosedPairs):
        dataset = DepthPairs(source, config.data, seed, length)
    else:
        dataset = HomographyPairs(source, config.data, seed, length)
    return cached(dataset, source, config.data, type(dataset).__name__, seed)
