# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A run that was saved: its checkpoint, and the settings of its method rebuilt from it."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from training import checkpoint, methods
from training.checkpoint import TrainState


@dataclass(frozen=True)
class SavedRun:
    """A checkpoint and the settings of the run that wrote it.

    config: a RunConfig of the method, which adds fields of its own.
    """

    config: Any
    state: TrainState

    def build(self) -> nn.Module:
        """Return the networks with the weights of the checkpoint."""
        model = methods.load(self.config.method).build(self.config)
        model.load_state_dict(self.state.model)
        return model


def open_run(path: Path | str) -> SavedRun:
    """Read a checkpoint with the settings of its method.

    Raises:
        ValueError: no checkpoint, or one with a method or settings that there are not.
    """
    state = checkpoint.load(path)
    try:
        return SavedRun(methods.config_from(state.config), state)
    except Exception as error:  # settings of another trainer can be anything
        raise ValueError(f'{path}: not a checkpoint of this trainer ({error})') from error


def restore(run: SavedRun, path: Path, config: Any, model: nn.Module) -> None:
    """Put the weights of a saved run into the model of a run that goes on.

    Args:
        run: what was saved.
        path: where, for the message.
        config: the settings of the run that goes on.
        model: its networks.

    Raises:
        ValueError: the checkpoint is of other networks.
    """
    there = run.config
    if (there.model, there.method) != (config.model, config.method):
        raise ValueError(f'{path}: a checkpoint of {there.method} with other networks, not of '
                         f'this run of {config.method}')
    model.load_state_dict(run.state.model)
