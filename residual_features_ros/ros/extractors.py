# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Extractors that work side by side, one for each worker of a node."""
from __future__ import annotations

import dataclasses

from residual_features_ros.config import ANYWHERE, ExtractorConfig
from residual_features_ros.extractor import Extractor
from residual_features_ros.process_tuning import share_of_cores


def share(config: ExtractorConfig, workers: int) -> ExtractorConfig:
    """Return the settings of one of several extractors: its network takes a share of the cores.

    A number of threads that was asked for stays, and a single extractor leaves the choice to its
    runtime. Behind the backends that were asked for stand ONNX Runtime and OpenCV: for want of a
    GPU or of a package a robot must not be without features.
    """
    missing = [name for name in ANYWHERE if name not in config.backend]
    if missing:
        config = dataclasses.replace(config, backend=(*config.backend, *missing))
    if config.threads or workers == 1:
        return config
    return dataclasses.replace(config, threads=share_of_cores(workers))


def create_extractors(config: ExtractorConfig, workers: int) -> list[Extractor]:
    """Load the extractor of each worker; they share their networks.

    See create_extractor for the errors.
    """
    first = Extractor(share(config, workers))
    return [first, *(first.twin() for _ in range(workers - 1))]
