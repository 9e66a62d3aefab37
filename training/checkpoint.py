# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint is everything that a run needs to go on exactly, in one file."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from training.config import RunConfig, from_dict, to_dict


def save(path: Path, config: RunConfig, step: int, model: torch.nn.Module,
         optimizer: torch.optim.Optimizer, scores: dict[str, float]) -> None:
    """Write atomically: a run that is killed while it writes keeps its last checkpoint."""
    state = {'config': to_dict(config), 'step': step, 'model': model.state_dict(),
             'optimizer': optimizer.state_dict(), 'rng': torch.get_rng_state(), 'scores': scores}
    partial = path.with_suffix('.partial')
    torch.save(state, partial)
    os.replace(partial, path)


def load(path: Path | str) -> dict[str, Any]:
    """Read a checkpoint; its 'config' comes back as a RunConfig. ValueError if it is none."""
    path = Path(path)
    if not path.is_file():
        raise ValueError(f'{path}: no such checkpoint')
    try:
        state = torch.load(path, map_location='cpu', weights_only=True)
        state['config'] = from_dict(RunConfig, state['config'])
    except Exception as error:  # unpickling a foreign file can raise nearly anything
        raise ValueError(f'{path}: not a checkpoint of this trainer ({error})') from error
    return state
