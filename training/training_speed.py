# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How long whole schedules take here, of a few real steps of each stage.

The first step of a stage, which waits for workers and caches, is not timed. Labels that a stage
makes before its first step are not either.
"""
from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from residual_features_ros.environment import environment
from training import checkpoint, methods
from training.config import RunConfig, optims, override
from training.recipes import configure
from training.train import train

FIRST = 1  # the step behind which time counts


@dataclass(frozen=True)
class StageSpeed:
    """A stage of a whole schedule: samples in all its steps, and how many pass in a second."""

    pairs: int
    pairs_per_second: float


def measure(run: str, settings: Sequence[str], steps: int, out: Path) -> dict[str, Any]:
    """Train some steps of each stage of a run.

    Args:
        run: METHOD:RECIPE[:key=value[:...]], the whole schedule.
        settings: key=value for all runs, such as data.images.
        steps: of each stage, one of them not timed.
        out: the folder of the run, which is kept.

    Returns:
        method, recipe, settings, stages (StageSpeed by name), device, precision and threads.

    Raises:
        ValueError: no recipe, or what train raises for such settings.
    """
    method, recipe, own = parts_of(run)
    whole = configure(method, recipe, [*settings, *own], Path())
    trained = train(shortened(whole, steps), out, resume=False)
    state = checkpoint.load(trained)
    summary = json.loads((out / 'summary.json').read_text(encoding='utf-8'))
    speeds = stage_speeds(state.history, {
        stage.name: (stage.optim.steps, stage.optim.batch)
        for stage in methods.load(method).stages(whole)})
    return {'recipe': recipe, 'settings': own,
            'stages': {name: dataclasses.asdict(speed) for name, speed in speeds.items()},
            **{name: summary[name] for name in ('device', 'precision', 'threads')}}


def parts_of(run: str) -> tuple[str, str, list[str]]:
    """Return method, recipe and settings; ValueError for no recipe, which names a schedule."""
    method, *more = run.split(':')
    if not more:
        raise ValueError(f'{run}: which schedule? name METHOD:RECIPE')
    return method, more[0], more[1:]


def shortened(config: RunConfig, steps: int) -> RunConfig:
    """Return a run of so many steps in each stage that has any, validated behind the first."""
    changes = [f'{name}.steps={min(optim.steps, steps)}' for name, optim in optims(config)]
    short: RunConfig = override(config, [
        *changes, f'validate_at=({FIRST},)', f'validate_every={steps}', 'data.validation_pairs=1'])
    return short


def stage_speeds(history: Sequence[Mapping[str, Any]],
                 lengths: Mapping[str, tuple[int, int]]) -> dict[str, StageSpeed]:
    """Return the speed of each stage that has steps, between its first step and its last.

    Args:
        history: of the validations: stage, step, seconds of training before it.
        lengths: steps and batch of the whole schedule's stages.
    """
    speeds = {}
    for name, (steps, batch) in lengths.items():
        lines = [line for line in history if line['stage'] == name and line['step'] >= FIRST]
        for first, last in pairwise([lines[0], lines[-1]] if lines else []):
            timed = (last['step'] - first['step']) * batch
            speeds[name] = StageSpeed(steps * batch, timed / max(
                last['seconds'] - first['seconds'], 1e-9))
    return speeds


def hours(stages: Mapping[str, Mapping[str, float]]) -> float:
    """Return the hours of a whole schedule."""
    return sum(stage['pairs'] / stage['pairs_per_second'] for stage in stages.values()) / 3600


def save(runs: Sequence[str], settings: Sequence[str], steps: int, folder: Path,
         out: Path) -> dict[str, Any]:
    """Measure runs and write them as a result; rows are named by their methods.

    Args:
        runs: as for `measure`, each of another method.
        settings: key=value of all.
        steps: of each stage.
        folder: of the runs.
        out: the JSON file.
    """
    found = {parts_of(run)[0]: measure(run, settings, steps, folder / parts_of(run)[0])
             for run in runs}
    hidden = [f'{name}=DIR' if name == 'data.images' else f'{name}={value}'
              for name, _, value in (text.partition('=') for text in settings)]
    result = {'benchmark': 'training-speed', 'steps': steps, 'environment': environment(),
              'command': shlex.join(['python', '-m', 'training', 'training-speed', *runs,
                                     '--steps', str(steps), *hidden]),
              'torch': torch.__version__, 'methods': found}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    return result
