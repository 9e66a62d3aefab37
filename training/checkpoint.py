# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint is everything that a run needs to go on exactly, in one file."""
from __future__ import annotations

import dataclasses
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

FULL = 2**20  # bytes: a disk with less is full


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be written; the one before is kept."""


@dataclass(frozen=True)
class TrainState:
    """What a file holds; its fields are the file's keys.

    config: the settings of the run as plain dictionaries; runs.open_run makes a RunConfig of them.
    stage: the name of the stage.
    step: steps of the stage that are done.
    before: steps of all stages before it.
    model: the weights of h and f by name.
    optimizer: the state of the stage's optimiser.
    rng: the state of torch's generator, (S,) uint8.
    scores: the last validation's.
    history: all validations', each with its stage, its step and the seconds of training before it.
    seconds: what each phase of a step has taken so far.
    changes: settings that were changed where the run went on, training.resuming.changes.
    photographs: training.resuming.digest_of the data.
    """

    config: dict[str, Any]
    stage: str
    step: int
    before: int
    model: dict[str, Tensor]
    optimizer: dict[str, Any]
    rng: Tensor
    scores: dict[str, float]
    history: list[dict[str, Any]]
    seconds: dict[str, float]
    changes: list[dict[str, Any]] = field(default_factory=list)
    photographs: str = ''

    @property
    def steps(self) -> int:
        """Return the steps of the run that are done, those of all its stages."""
        return self.before + self.step


def save(path: Path, state: TrainState) -> None:
    """Write atomically: a run that is killed while it writes keeps its last checkpoint.

    Args:
        path: replaced when the new file is complete.
        state: what to write.

    Raises:
        CheckpointError: it cannot be written, because the disk is full for example; nothing is
            left of it.
    """
    values = {item.name: getattr(state, item.name) for item in dataclasses.fields(state)}
    partial = path.with_suffix('.partial')
    try:
        torch.save(values, partial)
        os.replace(partial, path)
    except (OSError, RuntimeError) as error:  # torch's writer raises the second
        free = shutil.disk_usage(path.parent).free
        why = 'the disk is full' if free < FULL else str(error).strip().splitlines()[0]
        kept = 'the one before is kept, go on with the same command' if path.exists() \
            else 'there is none before it'
        raise CheckpointError(f'{path}: step {state.steps} cannot be saved: {why} '
                              f'({free / 1e6:.0f} MB free); {kept}') from error
    finally:
        partial.unlink(missing_ok=True)


def load(path: Path | str) -> TrainState:
    """Read a checkpoint, its tensors on the CPU; ValueError if it is none."""
    path = Path(path)
    if not path.is_file():
        raise ValueError(f'{path}: no such checkpoint')
    try:
        return TrainState(**torch.load(path, map_location='cpu', weights_only=True))
    except Exception as error:  # unpickling a foreign file can raise nearly anything
        raise ValueError(f'{path}: not a checkpoint of this trainer ({error})') from error
