# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From settings to photographs or posed pairs to train and to validate on, of whichever kind."""
from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from residual_features_ros.errors import ConfigError, unknown
from training.config import DataConfig
from training.data import layouts
from training.data.cached import CachedSamples, Samples
from training.data.posed import PosedPairs
from training.data.sources.images import ImageSource, split
from training.data.sources.packed import open_images

LAYOUTS = {'megadepth': layouts.megadepth, 'phototourism': layouts.phototourism,
           'tum': layouts.tum, 'rgbd': layouts.rgbd, 'scannet': layouts.scannet}
Source = ImageSource | PosedPairs


def open_sources(data: DataConfig) -> tuple[Source, Source]:
    """Return what to train and what to validate on.

    Raises:
        ConfigError: an unknown data.kind.
        ValueError: data.images is not of that kind.
    """
    if data.kind == 'homography':
        return split(open_images(data.images, data.size), data.validation_share)
    if data.kind not in LAYOUTS:
        raise unknown('data.kind', data.kind, ['homography', *LAYOUTS])
    if not data.images:
        raise ValueError(f'no folder given: data.images=DIR in the layout of {data.kind}')
    return split_pairs(LAYOUTS[data.kind](Path(data.images)), data.validation_share)


def split_pairs(source: PosedPairs, validation_share: float) -> tuple[PosedPairs, PosedPairs]:
    """Hold out the pairs among the last frames, so many that there is a pair.

    Frames are in the order of scenes, so these are the last scenes, or the end of the only video.
    Pairs between the two parts are dropped.
    """
    first, last = source.pairs.min(1), source.pairs.max(1)
    begin = min(int(len(source.frames) * (1 - validation_share)), first.max())
    training = last < begin
    return (replace(source, pairs=source.pairs[training] if training.any() else source.pairs),
            replace(source, pairs=source.pairs[first >= begin]))


def keep(dataset: Samples, source: Source, data: DataConfig, *deciding: Any) -> Samples:
    """Return a dataset's samples kept in data.cache where that is set.

    Args:
        dataset: makes the samples.
        source: what it makes them from.
        data: its settings.
        deciding: whatever else decides the samples, the seed for one; its repr names them.

    Raises:
        ConfigError: data.distinct is not positive.
    """
    if not data.cache:
        return dataset
    if data.distinct < 1:
        raise ConfigError('data.cache keeps samples that come again: set data.distinct, how many '
                          f'different ones there are, to 1 or more, got {data.distinct}')
    settings = replace(data, cache='', workers=0, distinct=0, images='')
    key = repr((settings, *deciding, hash_of(source)))
    return CachedSamples(dataset, Path(data.cache), key, data.distinct)


def hash_of(source: Source) -> str:
    """Return a digest of which photographs a source has, or which pairs of which frames."""
    if isinstance(source, PosedPairs):
        return hashlib.sha256(repr(source.frames).encode() + source.pairs.tobytes()).hexdigest()
    return hashlib.sha256(repr((source.path, source.names)).encode()).hexdigest()
