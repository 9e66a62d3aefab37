# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The trainer's own validation of checkpoints, once more and with all scores of today."""
from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from residual_features_ros.environment import environment
from training import methods
from training.config import override
from training.curves import labels
from training.distributed import Group, join
from training.export import public
from training.phase_timer import PhaseTimer
from training.rounding import rounded
from training.run_command import command_of
from training.runs import open_run
from training.stage import Run
from training.train import use_bf16


def validate(path: Path, settings: Sequence[str], group: Group) -> dict[str, Any]:
    """Return what a checkpoint is and its scores.

    Args:
        path: a checkpoint.
        settings: key=value: where the photographs lie, and how many pairs.
        group: the processes that work on it, which is one.

    Returns:
        command that trains it, steps, recorded (the validations of the run itself, a list for
        each score) and scores (those of now).

    Raises:
        ValueError: no checkpoint, or settings and data that there are not.
    """
    saved = open_run(path)
    config = override(saved.config, settings)
    model = saved.build().to(group.device).eval()
    stage = next(stage for stage in methods.load(config.method).stages(config)
                 if stage.name == saved.state.stage)
    run = Run(config, path.parent, group, PhaseTimer(group.device),
              use_bf16(config.precision, group.device))
    scores = stage.open(model, run).validate()
    return {'command': command_of(saved.config, public(saved.config)),
            'steps': saved.state.steps, 'recorded': columns(saved.state.history), 'scores': scores}


def columns(history: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return the validations of a run by the names of what they have, None where one lacks it."""
    names = dict.fromkeys(name for line in history for name in line)
    return {name: rounded([line.get(name) for line in history]) for name in names}


def main(runs: Sequence[Path], settings: Sequence[str], out: Path | None, data: str) -> str:
    """Validate checkpoints, save all as JSON where `out` is given, and return the table."""
    group = join()
    names = labels(runs)
    found = {name: validate(path, settings, group)
             for name, path in zip(names, runs, strict=True)}
    if out:
        hidden = ['data.images=DIR' if text.startswith('data.images=') else text
                  for text in settings]
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps({
            'command': shlex.join(['python', '-m', 'training', 'validate',
                                   *(f'RUNS/{name}' for name in names), *hidden]),
            'environment': environment(), 'data': data, 'runs': found}) + '\n',
            encoding='utf-8')
    return '\n'.join(f'{name}, {one["steps"]} steps: '
                     + ', '.join(f'{score} {value:.4g}' for score, value in one['scores'].items())
                     for name, one in found.items())
