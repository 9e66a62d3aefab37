# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A stage of training as data: what is optimised, on what, by which loss, for how long."""
from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from training import checkpoint
from training.config import OptimConfig
from training.data.cached import Samples
from training.distributed import Group
from training.phase_timer import PhaseTimer

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class Terms:
    """What a batch's loss is the quotient of.

    total: sum of the batch's losses. count: number of terms in it. total / count over all
    processes is minimised. parts: sums of parts of the loss, logged as part / count.
    """

    total: Tensor
    count: Tensor
    parts: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Opened:
    """What a stage trains and validates on.

    samples: sample n is a pure function of the seed and n, at least steps * batch of them; arrays
        of the same names and shapes each, which are stacked to batches. Pickles, for workers.
    validate: scores of the model as it is now; called in the first process alone.
    """

    samples: Samples
    validate: Callable[[], dict[str, float]]


@dataclass
class Run:
    """Where a stage runs: what its functions may ask.

    step: steps of the stage that are done, while its loss is computed.
    """

    config: Any
    out: Path
    group: Group
    timer: PhaseTimer
    bf16: bool
    step: int = 0

    @property
    def device(self) -> torch.device:
        """Return where the networks are."""
        return self.group.device

    def autocast(self) -> contextlib.AbstractContextManager:
        """Return the context in which h runs: bf16 where config.precision says so."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16)

    def finished(self, stage: str) -> dict[str, Tensor]:
        """Return the weights of the model at the end of an earlier stage, on the CPU.

        Raises:
            ValueError: the file <out>/<stage>.pt is not there; names the remedy.
        """
        path = finished_path(self.out, stage)
        if not path.is_file():
            raise ValueError(f'{path}: no such file, it has the weights at the end of stage '
                             f'{stage}; put it back, or train again with --restart')
        return checkpoint.load(path).model


@dataclass(frozen=True)
class Stage:
    """One part of a run. Stages run one after the other in the one loop of train.py.

    name: in settings, logs, checkpoints; a word.
    optim: steps, batch, optimiser and schedule.
    open, loss: their first argument is the model as the method built it.
    open: opens the data when the stage begins or goes on; model and run.finished() have what
        earlier stages made. What is made here for the whole stage (labels) is kept on disk by it.
    loss: of a batch. Random numbers of torch are seeded before each step, so that a resumed run
        draws what an uninterrupted one draws; other generators are not to be used.
    trained: prefixes of the names of parameters that are optimised. The others are frozen, and
        modules without any that is trained are in eval mode.
    shown: names of validation scores that the progress bar shows.
    score: the validation score by which best.pt is chosen, '' for the first of `shown`; least:
        whether the least is best. Without any there is no best.pt.
    one_process: whether the stage cannot run in several processes.
    """

    name: str
    optim: OptimConfig
    open: Callable[[Any, Run], Opened]
    loss: Callable[[Any, Batch, Run], Terms]
    trained: tuple[str, ...] = ('',)
    shown: tuple[str, ...] = ()
    score: str = ''
    least: bool = False
    one_process: bool = False


def finished_path(out: Path, stage: str) -> Path:
    """Return the file that keeps the weights at the end of a stage that others follow."""
    return out / f'{stage}.pt'


def freeze(model: nn.Module, trained: tuple[str, ...]) -> list[nn.Parameter]:
    """Freeze what a stage does not train and return what it does.

    Raises:
        ValueError: a prefix that no parameter has.
    """
    for prefix in trained:
        if not any(name.startswith(prefix) for name, _ in model.named_parameters()):
            raise ValueError(f'no parameter begins with {prefix!r}, which the stage trains')
    chosen = []
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name.startswith(trained))
        if parameter.requires_grad:
            chosen.append(parameter)
    training_mode(model)
    return chosen


def training_mode(model: nn.Module) -> None:
    """Put modules into training mode, but those whose parameters are all frozen into eval."""
    model.train()
    for module in model.modules():
        parameters = list(module.parameters())
        if parameters and not any(parameter.requires_grad for parameter in parameters):
            module.eval()


def seed_step(seed: int, stage: int, step: int, rank: int) -> None:
    """Seed torch for a step: what a loss draws is a function of these numbers."""
    drawn = np.random.SeedSequence([seed, stage, step, rank]).generate_state(1, np.uint64)[0]
    torch.manual_seed(int(drawn >> np.uint64(1)))
