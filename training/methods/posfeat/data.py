# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs with epipolar geometry, of whichever kind."""
from __future__ import annotations

from pathlib import Path

from residual_features_ros.config import unknown
from training.data import pose_layouts
from training.data.images import ImageSource, split
from training.data.kept import Samples
from training.data.packed import open_images
from training.data.planes import PlanePairs
from training.data.pose_layouts import ShotPairDataset, ShotPairs
from training.data.posed import PosedPairs
from training.data.posed_pairs import PosedPairDataset
from training.data.sources import LAYOUTS, keep, open_sources, split_pairs
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
        dataset = ShotPairDataset(source, data, seed, length)
    elif isinstance(source, PosedPairs):
        dataset = PosedPairDataset(source, data, seed, length)
    else:
        dataset = PlanePairs(source, data, config.motion, seed, length)
    return keep(dataset, source, data, 'posfeat', config.motion, seed)
