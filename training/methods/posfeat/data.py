# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs with epipolar geometry, of whichever kind."""
from __future__ import annotations

from pathlib import Path

from residual_features_ros.errors import unknown
from training.data import pose_layouts
from training.data.cached import Samples
from training.data.pairs.depth_pairs import DepthPairs
from training.data.pairs.epipolar_pairs import EpipolarPairs
from training.data.pairs.plane_pairs import PlanePairs
from training.data.pose_layouts import ShotPairs
from training.data.posed import PosedPairs
from training.data.sources.images import ImageSource, split
from training.data.sources.opening import LAYOUTS, keep, open_sources, split_pairs
from training.data.sources.packed import open_images
from training.methods.posfeat.config import PoSFeatConfig

WITHOUT_DEPTH = {'caps': pose_layouts.caps, 'posed': pose_layouts.posed}
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
    if data.kind in LAYOUTS:
        return open_sources(data)
    if data.kind not in WITHOUT_DEPTH:
        raise unknown('data.kind', data.kind, ['planes', *WITHOUT_DEPTH, *LAYOUTS])
    if not data.images:
        raise ValueError(f'no folder given: data.images=DIR in the layout of {data.kind}')
    return split_pairs(WITHOUT_DEPTH[data.kind](Path(data.images)), data.validation_share)


def open_dataset(source: Source, config: PoSFeatConfig, seed: int, length: int) -> Samples:
    """Return `length` samples of a source, kept in data.cache where that is set."""
    data = config.data
    dataset: Samples
    if isinstance(source, ShotPairs):
        dataset = EpipolarPairs(source, data, seed, length)
    elif isinstance(source, PosedPairs):
        dataset = DepthPairs(source, data, seed, length)
    else:
        dataset = PlanePairs(source, data, config.motion, seed, length)
    return keep(dataset, source, data, 'posfeat', config.motion, seed)
