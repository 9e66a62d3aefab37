# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a run that goes on may change: how long, where and how often, and never what is learned."""
from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from residual_features_ros.errors import ConfigError
from training import methods
from training.config import DataConfig, RunConfig, optims, to_dict
from training.data.sources.packed import Pack, open_images
from training.epochs import SINGLE
from training.runs import SavedRun
from training.stage import Stage

# Which device and in how many threads, when to look and to save, where samples are kept.
FREE = ('threads', 'precision', 'validate_every', 'validate_at', 'checkpoint_every',
        'data.workers', 'data.cache')
REMEDY = 'take those to go on, --restart to begin anew, or a new --out'
Change = dict[str, Any]


def changes(saved: SavedRun, config: RunConfig, stages: tuple[Stage, ...], path: Path,
            photographs: str) -> list[Change]:
    """Return what a run that goes on changes, each with the step from which it holds.

    Args:
        saved: the checkpoint.
        config: the settings of the run that goes on.
        stages: its stages.
        path: the checkpoint's, for messages.
        photographs: digest_of its data, '' where it was not asked for.

    Returns:
        dictionaries of step (of all stages), setting, from, to.

    Raises:
        ConfigError: the checkpoint is of another method or of settings that decide what is
            learned, or a stage has more steps already than are asked for; names each and the
            remedy.
    """
    there, state = saved.config, saved.state
    if there.method != config.method:
        raise ConfigError(f'{path}: a checkpoint of {there.method}, not of {config.method}; take '
                          'a new --out, or --restart to begin anew')
    different = differences(there, config)
    moved = photographs and photographs == state.photographs
    if moved:
        different.pop('data.images', None)
    lengths = {f'{name}.{field}' for name, _ in optims(config) for field in ('steps', 'epochs')}
    decisive = {name: pair for name, pair in different.items()
                if name not in lengths and not free(name, pair)}
    if decisive:
        told = '; '.join(f'{name} was {was!r}, not {now!r}'
                         for name, (was, now) in decisive.items())
        raise ConfigError(f'{path}: trained with other settings ({told}); {REMEDY}')
    if photographs and state.photographs and not moved:
        raise ConfigError(f'{path}: {config.data.images} has other photographs than those that '
                          f'it was trained with; {REMEDY}')
    check_lengths(saved, stages, path)
    return [{'step': state.steps, 'setting': name, 'from': was, 'to': now}
            for name, (was, now) in differences(there, config).items()]


def free(name: str, values: tuple[Any, Any]) -> bool:
    """Tell whether a changed setting leaves alone what is learned.

    With data.cache samples come again, without it they do not: it may move, not come or go.
    """
    return name in FREE and (name != 'data.cache' or all(values))


def check_lengths(saved: SavedRun, stages: tuple[Stage, ...], path: Path) -> None:
    """Raise ConfigError where a stage is over, or further, than its new length."""
    before = methods.load(saved.config.method).stages(saved.config)
    for was, now in zip(before, stages, strict=True):
        current = was.name == saved.state.stage
        done = saved.state.step if current else was.optim.steps
        if now.optim.steps < done or (now.optim.steps > done and not current):
            raise ConfigError(f'{path}: stage {was.name} has {done} steps already, not '
                              f'{now.optim.steps}; {REMEDY}')
        if current:
            return


def announce(made: list[Change], schedules: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each change; schedules: of the optimisers by their names."""
    for change in made:
        name = change['setting']
        schedule = schedules.get(name.removesuffix('.steps'), 'constant')
        yield (f'from step {change["step"]} on {name} is {change["to"]!r}, it was '
               f'{change["from"]!r}'
               + ('; the rate follows the new length' if schedule == 'cosine' else ''))


def differences(there: RunConfig, here: RunConfig) -> dict[str, tuple[Any, Any]]:
    """Return the settings that differ by dotted name: their values there and here."""
    before, after = (dict(flat(to_dict(config))) for config in (there, here))
    return {name: (before.get(name), value) for name, value in after.items()
            if before.get(name) != value}


def flat(settings: Mapping[str, Any], path: str = '') -> Iterator[tuple[str, Any]]:
    """Yield nested settings by dotted name."""
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from flat(value, f'{path}{name}.')
        else:
            yield path + name, value


def digest_of(data: DataConfig) -> str:
    """Return a digest of the names of the photographs, which tells them where they are moved to.

    '' where there are none, or posed ones: those are told by their path alone.
    """
    if data.kind not in SINGLE or not data.images:
        return ''
    images = open_images(data.images, data.size)
    return hashlib.sha256(repr((isinstance(images, Pack), images.names)).encode()).hexdigest()
