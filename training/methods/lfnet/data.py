# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of views: photographs under homographies, or real ones with depth and poses."""
from __future__ import annotations

from training.data.kept import Samples
from training.data.posed import PosedPairs
from training.data.posed_pairs import PosedPairDataset
from training.data.sources import Source, keep
from training.data.warped import WarpedPairs
from training.methods.lfnet.config import LFNetConfig


def open_dataset(source: Source, config: LFNetConfig, seed: int, length: int) -> Samples:
    """Return `length` samples of a source, kept in data.cache where that is set."""
    kind = PosedPairDataset if isinstance(source, PosedPairs) else WarpedPairs
    return keep(kind(source, config.data, seed, length), source, config.data, kind.__name__, seed)
