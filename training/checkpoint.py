# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint is everything that a run needs to go on exactly, in one file."""
from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from training.config import RunConfig, from_dict, to_dict


def save(path: Path, config: RunConfig, step: int, model: torch.nn.Module,
         optimizer: torch.optim.Optimizer, scores: dict[str, float],
         history: Sequence[dict[str, float]] = (),
         seconds: Mapping[str, float] | None = None) -> None:
    """Write atomically: a run that is killed while it writes keeps its last checkpoint.

    Args:
        path: replaced when the new file is complete.
        config: the run.
        step: steps that are done.
        model: h and f.
        optimizer: with its state.
        scores: the last validation's.
        history: all validations', each with its step and the seconds of training before it.
        seconds: what each phase of a step has taken so far.
    """
    state = {'config': to_dict(config), 'step': step, 'model': model.state_dict(),
             'optimizer': optimizer.state_dict(), 'rng': torch.get_rng_state(), 'scores': scores,
             'history': list(history), 'seconds': dict(seconds or {})}
    partial = path.with_suffix('.partial')
    torch.save(state, partial)
    os.replace(partial, path)


def load(path: Path | str) -> dict[str, Any]:
    """Read a checkpoint; its 'config' comes back as a RunConfig. ValueError if it is none.

    One of before there was a history of validations gets its last one, at 0 seconds.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f'{path}: no such checkpoint')
    try:
        state = torch.load(path, map_location='cpu', weights_only=True)
        state['config'] = from_dict(RunConfig, state['config'])
    except Exception as error:  # unpickling a foreign file can raise nearly anything
        raise ValueError(f'{path}: not a checkpoint of this trainer ({error})') from error
    last = {'step': state['step'], 'seconds': 0.0, **state['scores']}
    return {'history': [last], 'seconds': {}, **state}


def restore(state: dict[str, Any], path: Path, config: RunConfig, model: torch.nn.Module,
            optimizer: torch.optim.Optimizer) -> None:
    """Put a loaded checkpoint into model and optimiser; ValueError where it is of other networks.

    The file `path` is named in the error.
    """
    if (state['config'].model, state['config'].method) != (config.model, config.method):
        raise ValueError(f'{path}: a checkpoint of {state["config"].method} '
                         f'({state["config"].model}), not of this run')
    model.load_state_dict(state['model'])
    optimizer.load_state_dict(state['optimizer'])
    torch.set_rng_state(state['rng'])
