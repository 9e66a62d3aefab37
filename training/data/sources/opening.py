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
from training.data.cached import CachedSamples, Samples
from training.data.sources.images import ImageSource, split
from training.data.sources.packed import open_images
from training.data.sources.posed import WITH_DEPTH, PosedPairs, open_posed, split_pairs
from training.data.sources.sequence import open_sequence

Source = ImageSource | PosedPairs


def open_sources(data: DataConfig) -> tuple[Source, Source]:
    """Return what to train and what to validate on.

    Raises:
        ConfigError: an unknown data.kind.
        ValueError: data.images is not of that kind.
    """
    if data.kind == 'homography':
        return split(open_images(data.images, data.size), data.validation_share)
    if data.kind == 'sequence':
        return open_sequence(Path(data.images))
    if data.kind not in WITH_DEPTH:
        raise unknown('data.kind', data.kind, ['homography', 'sequence', *WITH_DEPTH])
    return open_pairs(data)


def open_pairs(data: DataConfig) -> tuple[PosedPairs, PosedPairs]:
    """Return posed pairs to train and to validate on, with depth or without; see open_sources."""
    if not data.images:
        raise ValueError(f'no folder given: data.images=DIR in the layout of {data.kind}')
    return split_pairs(open_posed(data.kind, Path(data.images)), data.validation_share)


def cached(dataset: Samples, source: Source, data: DataConfig, *deciding: Any) -> Samples:
    """Return a dataset's samples, cached in data.cache where that is set.

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
        raise ConfigError('data.cache is for samples that come again: set data.distinct, how many '
                          f'different ones there are, to 1 or more, got {data.distinct}')
    settings = replace(data, cache='', workers=0, distinct=0, images='', exposures='')
    key = repr((settings, *deciding, hash_of(source)))
    return CachedSamples(dataset, Path(data.cache), key, data.distinct)


def hash_of(source: Source) -> str:
    """Return a digest of which photographs a source has, or which pairs of which images."""
    if isinstance(source, PosedPairs):
        return hashlib.sha256(repr(source.images).encode() + source.pairs.tobytes()).hexdigest()
    return hashlib.sha256(repr((source.path, source.names)).encode()).hexdigest()
