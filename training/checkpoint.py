# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint is everything that a run needs to go on exactly, in one file."""
from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from training import methods
from training.config import RunConfig, to_dict


def save(path: Path, config: RunConfig, step: int, model: torch.nn.Module,
         optimizer: torch.optim.Optimizer, scores: Mapping[str, float],
         history: Sequence[Mapping[str, Any]] = (),
         seconds: Mapping[str, float] | None = None, stage: str = '',
         before: int = 0) -> None:
    """Write atomically: a run that is killed while it writes keeps its last checkpoint.

    Args:
        path: replaced when the new file is complete.
        config: the run.
        step: steps of the stage that are done.
        model: h and f.
        optimizer: the stage's, with its state.
        scores: the last validation's.
        history: all validations', each with its step and the seconds of training before it.
        seconds: what each phase of a step has taken so far.
        stage: the name of the stage, empty for the first.
        before: steps of all stages before it.
    """
    state = {'config': to_dict(config), 'stage': stage, 'step': step, 'before': before,
             'model': model.state_dict(), 'optimizer': optimizer.state_dict(),
             'rng': torch.get_rng_state(), 'scores': dict(scores),
             'history': [dict(line) for line in history], 'seconds': dict(seconds or {})}
    partial = path.with_suffix('.partial')
    torch.save(state, partial)
    os.replace(partial, path)


def load(path: Path | str) -> dict[str, Any]:
    """Read a checkpoint; its 'config' comes back as its method's. ValueError if it is none.

    One of before there was a history of validations gets its last one, at 0 seconds; one of before
    there were stages is of the first.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f'{path}: no such checkpoint')
    try:
        state = torch.load(path, map_location='cpu', weights_only=True)
        state['config'] = methods.config_from(state['config'])
    except Exception as error:  # unpickling a foreign file can raise nearly anything
        raise ValueError(f'{path}: not a checkpoint of this trainer ({error})') from error
    last = {'step': state['step'], 'seconds': 0.0, **state['scores']}
    return {'history': [last], 'seconds': {}, 'stage': '', 'before': 0, **state}


def restore(state: dict[str, Any], path: Path, config: RunConfig, model: torch.nn.Module) -> None:
    """Put a loaded checkpoint into a model; ValueError where it is of other networks.

    The file `path` is named in the error.
    """
    there = state['config']
    if (there.model, there.method) != (config.model, config.method):
        raise ValueError(f'{path}: a checkpoint of {there.method} ({there.model}), not of this '
                         'run')
    model.load_state_dict(state['model'])
