# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs with hand-crafted keypoints and the windows that f sees."""
from __future__ import annotations

from training.data.cached import Samples
from training.data.pairs.depth_keypoint_pairs import DepthKeypointPairs
from training.data.pairs.keypoint_pairs import KeypointPairs
from training.data.pairs.sequence_pairs import SequencePairs
from training.data.pairs.windowed import WindowedSamples
from training.data.sources.exposures import NO_EXPOSURES, Exposures
from training.data.sources.opening import Source, cached
from training.data.sources.posed import PosedPairs
from training.data.sources.sequence import SequencePart
from training.methods.residual.config import ResidualConfig
from training.methods.residual.model import WINDOW_SAMPLES, windows_of


def open_dataset(source: Source, config: ResidualConfig, seed: int, length: int,
                 exposures: Exposures = NO_EXPOSURES) -> Samples:
    """Return `length` samples of sources, cached in data.cache where that is set."""
    data, handcrafted = config.data, config.handcrafted
    windows = windows_of(config.model)
    pairs: DepthKeypointPairs | KeypointPairs | SequencePairs
    if isinstance(source, SequencePart):
        pairs = SequencePairs(source, handcrafted, data, seed, length)
    elif isinstance(source, PosedPairs):
        pairs = DepthKeypointPairs(source, handcrafted, data, seed, length)
    else:
        pairs = KeypointPairs(source, handcrafted, data, seed, length, exposures)
    dataset = WindowedSamples(pairs, windows, WINDOW_SAMPLES)
    deciding = (handcrafted, seed, windows, WINDOW_SAMPLES, exposures)
    return cached(dataset, source, data, *deciding)
