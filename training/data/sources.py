# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From the settings of a run to its training and held-out data, of whichever kind."""
from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from residual_features_ros.config import ConfigError, unknown
from training.config import RunConfig
from training.data import layouts
from training.data.depth import DepthPairDataset
from training.data.images import ImageSource, split
from training.data.kept import KeptSamples, Samples
from training.data.packed import open_images
from training.data.pairs import PairDataset
from training.data.posed import PosedPairs
from training.data.windowed import WindowedSamples
from training.methods.residual.model import WINDOW_SAMPLES, windows_of

LAYOUTS = {'megadepth': layouts.megadepth, 'phototourism': layouts.phototourism,
           'tum': layouts.tum}
Source = ImageSource | PosedPairs


def open_sources(config: RunConfig) -> tuple[Source, Source]:
    """Return what to train and what to validate on.

    Raises:
        ConfigError: an unknown data.kind, or a loss that this kind has nothing for.
        ValueError: data.images is not of that kind.
    """
    data = config.data
    if data.kind == 'homography':
        return split(open_images(data.images, data.size), data.validation_share)
    if data.kind not in LAYOUTS:
        raise unknown('data.kind', data.kind, ['homography', *LAYOUTS])
    if config.loss.kind == 'superpoint':
        raise ConfigError(f'loss.kind=superpoint needs homographies, data.kind={data.kind} has '
                          'none')
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


def open_dataset(source: Source, config: RunConfig, seed: int, length: int) -> Samples:
    """Return `length` samples of a source, kept in data.cache where that is set."""
    kind = DepthPairDataset if isinstance(source, PosedPairs) else PairDataset
    data = config.data
    windows = windows_of(config.model)
    dataset = WindowedSamples(kind(source, config.handcrafted, data, seed, length), windows,
                              WINDOW_SAMPLES)
    if not data.cache:
        return dataset
    if data.distinct < 1:
        raise ConfigError('data.cache keeps samples that come again: set data.distinct, how many '
                          f'different ones there are, to 1 or more, got {data.distinct}')
    settings = replace(data, cache='', workers=0, distinct=0, images='')
    key = repr((settings, config.handcrafted, seed, hash_of(source), windows, WINDOW_SAMPLES))
    return KeptSamples(dataset, Path(data.cache), key, data.distinct)


def hash_of(source: Source) -> str:
    """Return a digest of which photographs a source has, or which pairs of which frames."""
    if isinstance(source, PosedPairs):
        return hashlib.sha256(repr(source.frames).encode() + source.pairs.tobytes()).hexdigest()
    return hashlib.sha256(repr((source.path, source.names)).encode()).hexdigest()
