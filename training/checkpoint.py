# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint is everything that a run needs to go on exactly, in one file."""
from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


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

    @property
    def steps(self) -> int:
        """Return the steps of the run that are done, those of all its stages."""
        return self.before + self.step


def save(path: Path, state: TrainState) -> None:
    """Write atomically: a run that is killed while it writes keeps its last checkpoint.

    Args:
        path: replaced when the new file is complete.
        state: what to write.
    """
    values = {field.name: getattr(state, field.name) for field in dataclasses.fields(state)}
    partial = path.with_suffix('.partial')
    torch.save(values, partial)
    os.replace(partial, path)


def load(path: Path | str) -> TrainState:
    """Read a checkpoint, its tensors on the CPU; ValueError if it is none."""
    path = Path(path)
    if not path.is_file():
        raise ValueError(f'{path}: no such checkpoint')
    try:
        return TrainState(**torch.load(path, map_location='cpu', weights_only=True))
    except Exception as error:  # unpickling a foreign file can raise nearly anything
        raise ValueError(f'{path}: not a checkpoint of this trainer ({error})') from error
