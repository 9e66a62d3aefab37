# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Lengths of stages in epochs, as steps: optim.epochs of the images at hand."""
from __future__ import annotations

import dataclasses
import math
from typing import Any, TypeVar

from training.config import DataConfig, OptimConfig, RunConfig, optims
from training.data.sources.images import split
from training.data.sources.opening import open_pairs
from training.data.sources.packed import open_images

Config = TypeVar('Config', bound=RunConfig)
SINGLE = ('homography', 'planes')  # kinds of data that make pairs of single photographs


def with_steps(config: Config) -> Config:
    """Return the settings with the steps that optim.epochs ask for, wherever there are epochs.

    Raises:
        ValueError: there are epochs, and data.images is not there or not of its kind.
    """
    if not any(optim.epochs > 0 and optim.batch > 0 for _, optim in optims(config)):
        return config
    counted: Config = _counted(config, count_samples(config.data))
    return counted


def count_samples(data: DataConfig) -> int:
    """Return how many photographs, or posed pairs, an epoch of training has."""
    if data.kind in SINGLE:
        training, _ = split(open_images(data.images, data.size), data.validation_share)
        return len(training.names)
    return len(open_pairs(data)[0].pairs)


def _counted(config: Any, samples: int) -> Any:
    changed: dict[str, Any] = {}
    for item in dataclasses.fields(config):
        value = getattr(config, item.name)
        if isinstance(value, OptimConfig):
            if value.epochs > 0 and value.batch > 0:
                steps = math.ceil(value.epochs * samples / value.batch)
                changed[item.name] = dataclasses.replace(value, steps=steps)
        elif dataclasses.is_dataclass(value):
            changed[item.name] = _counted(value, samples)
    return dataclasses.replace(config, **changed)
