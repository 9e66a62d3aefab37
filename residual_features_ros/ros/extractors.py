# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Extractors that work side by side, one for each worker of a node."""
from __future__ import annotations

import dataclasses

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.extractor import Extractor
from residual_features_ros.process_tuning import share_of_cores

LAST_RESORT = 'onnxruntime'


def share(config: ExtractorConfig, workers: int) -> ExtractorConfig:
    """Return the settings of one of several extractors: its network takes a share of the cores.

    A number of threads that was asked for stays, and a single extractor leaves the choice to its
    runtime. Behind the backends that were asked for stands ONNX Runtime: for want of a GPU a
    robot must not be without features.
    """
    if config.backend and LAST_RESORT not in config.backend:
        config = dataclasses.replace(config, backend=(*config.backend, LAST_RESORT))
    if config.threads or workers == 1:
        return config
    return dataclasses.replace(config, threads=share_of_cores(workers))


def create_extractors(config: ExtractorConfig, workers: int) -> list[Extractor]:
    """Load the extractor of each worker; they share their networks.

    See create_extractor for the errors.
    """
    first = Extractor(share(config, workers))
    return [first, *(first.twin() for _ in range(workers - 1))]
