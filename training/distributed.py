# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One run in several processes that torchrun started, on one machine or more.

Processes share each step's samples, and their gradients equal those that one process would have
with the joint batch, so that a run may go on with another number of them.
"""
from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from residual_features_ros.errors import ConfigError

T = TypeVar('T')


@dataclass(frozen=True)
class Group:
    """One process among those of a run: its rank from 0, their number, its device."""

    rank: int
    size: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this is the process that logs, validates and writes."""
        return self.rank == 0

    def share(self, batch: int) -> range:
        """Return which of a step's samples, 0 to batch - 1, are this process's.

        Raises ConfigError where the processes would not have equally many.
        """
        if batch % self.size:
            raise ConfigError(f'optim.batch={batch} cannot be shared by {self.size} processes')
        own = batch // self.size
        return range(self.rank * own, (self.rank + 1) * own)

    def total(self, values: Tensor) -> Tensor:
        """Return the sums of `values` over all processes."""
        if self.size > 1:
            distributed.all_reduce(values)
        return values

    def from_first(self, make: Callable[[], T]) -> T:
        """Return to every process what `make` returns in the first."""
        if self.size == 1:
            return make()
        made: list[Any] = [make() if self.first else None]
        distributed.broadcast_object_list(made, src=0, device=self.device)
        received: T = made[0]
        return received

    def parallel(self, module: nn.Module) -> nn.Module:
        """Return `module` with gradients that are means over all processes."""
        if self.size == 1:
            return module
        devices = [self.device] if self.device.type == 'cuda' else None
        return DistributedDataParallel(module, device_ids=devices)

    def wait(self) -> None:
        """Return when all processes are here."""
        if self.size > 1:
            distributed.barrier()


def join() -> Group:
    """Join the processes that torchrun started, NCCL on GPUs and gloo on CPUs; alone without it.

    The group lasts until the process ends: torchrun's processes cannot meet a second time.
    """
    cuda, size = torch.cuda.is_available(), int(os.environ.get('WORLD_SIZE', '1'))
    device = torch.device('cpu')
    if cuda:
        device = torch.device('cuda', int(os.environ.get('LOCAL_RANK', '0')))
        torch.cuda.set_device(device)
    if size == 1:
        return Group(0, 1, device)
    if not distributed.is_initialized():
        distributed.init_process_group('nccl' if cuda else 'gloo')
        atexit.register(distributed.destroy_process_group)
    return Group(distributed.get_rank(), size, device)
