# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a run cannot be: settings that contradict each other, or that leave nothing to learn."""
from __future__ import annotations

from residual_features_ros.errors import ConfigError, unknown
from training import methods
from training.config import RunConfig, optims
from training.distributed import Group
from training.optimiser import check_names
from training.stage import Stage

PRECISIONS = ('auto', 'bf16', 'fp32')


def check(config: RunConfig, group: Group) -> tuple[Stage, ...]:
    """Return the stages of a run.

    Raises:
        ConfigError: settings that contradict each other or the number of processes, or without
            which nothing is learned.
    """
    if config.precision not in PRECISIONS:
        raise unknown('precision', config.precision, PRECISIONS)
    check_counts(config)
    stages = methods.load(config.method).stages(config)
    names = {id(optim): path for path, optim in optims(config)}
    if not any(stage.optim.steps for stage in stages):
        asked = ' and '.join(f'{names.get(id(stage.optim), stage.name)}.steps=0'
                             for stage in stages)
        raise ConfigError(f'{asked}: nothing is trained; set 1 or more')
    for stage in stages:
        group.share(stage.optim.batch)
        check_names(stage.optim)
        if stage.one_process and group.size > 1:
            raise ConfigError(f'stage {stage.name} of {config.method} runs in one process with '
                              'these settings')
    return stages


def check_counts(config: RunConfig) -> None:
    """Raise ConfigError for a number that is too small to train or validate by."""
    data = config.data
    least: dict[str, tuple[float, int]] = {
        'data.keypoints': (data.keypoints, 1), 'data.workers': (data.workers, 0),
        'data.validation_pairs': (data.validation_pairs, 1), 'data.size': (min(data.size), 1),
        'threads': (config.threads, 0), 'validate_every': (config.validate_every, 1),
        'checkpoint_every': (config.checkpoint_every, 1)}
    for path, optim in optims(config):
        least |= {f'{path}.steps': (optim.steps, 0), f'{path}.batch': (optim.batch, 1),
                  f'{path}.epochs': (optim.epochs, 0)}
    for name, (value, smallest) in least.items():
        if not value >= smallest:
            raise ConfigError(f'{name}={value}: expected {smallest} or more')
