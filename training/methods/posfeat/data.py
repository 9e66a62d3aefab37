# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs with epipolar geometry, of whichever kind."""
from __future__ import annotations

from typing import Any

from residual_features_ros.errors import unknown
from training.data.cached import Samples
from training.data.pairs.depth_pairs import DepthPairs
from training.data.pairs.epipolar_pairs import EpipolarPairs
from training.data.pairs.plane_pairs import PlanePairs
from training.data.sources.images import ImageSource, split
from training.data.sources.opening import cached
from training.data.sources.opening import open_pairs as open_posed_pairs
from training.data.sources.packed import open_images
from training.data.sources.posed import KINDS, PosedPairs
from training.methods.posfeat.config import PoSFeatConfig

Source = ImageSource | PosedPairs


def open_pairs(config: PoSFeatConfig) -> tuple[Source, Source]:
    """Return what to train and what to validate on.

    Raises:
        ConfigError: an unknown data.kind.
        ValueError: data.images is not of that kind.
    """
    data = config.data
    if data.kind == 'planes':
        return split(open_images(data.images, data.size), data.validation_share)
    if data.kind not in KINDS:
        raise unknown('data.kind', data.kind, ['planes', *KINDS])
    return open_posed_pairs(data)


def open_dataset(source: Source, config: PoSFeatConfig, seed: int, length: int) -> Samples:
    """Return `length` samples of a source, kept in data.cache where that is set."""
    data = config.data
    motion: Any = config.motion  # frozen, which a Protocol's attributes are not
    dataset: Samples
    if isinstance(source, PosedPairs):
        kind = DepthPairs if source.with_depth else EpipolarPairs
        dataset = kind(source, data, seed, length)
    else:
        dataset = PlanePairs(source, data, motion, seed, length)
    return cached(dataset, source, data, 'posfeat', motion, seed)
