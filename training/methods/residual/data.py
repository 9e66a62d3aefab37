# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs with hand-crafted keypoints and the windows that f sees."""
from __future__ import annotations

from training.data.depth import DepthPairDataset
from training.data.kept import Samples
from training.data.pairs import PairDataset
from training.data.posed import PosedPairs
from training.data.sources import Source, keep
from training.data.windowed import WindowedSamples
from training.methods.residual.config import ResidualConfig
from training.methods.residual.model import WINDOW_SAMPLES, windows_of


def open_dataset(source: Source, config: ResidualConfig, seed: int, length: int) -> Samples:
    """Return `length` samples of a source, kept in data.cache where that is set."""
    kind = DepthPairDataset if isinstance(source, PosedPairs) else PairDataset
    data = config.data
    windows = windows_of(config.model)
    dataset = WindowedSamples(kind(source, config.handcrafted, data, seed, length), windows,
                              WINDOW_SAMPLES)
    return keep(dataset, source, data, config.handcrafted, seed, windows, WINDOW_SAMPLES)
