# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where the time of a training run goes."""
from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import torch

PHASES = ('data', 'h', 'loss', 'backward', 'optimiser', 'validation', 'rest')


class PhaseTimer:
    """Where the time of a run goes: each mark ends a phase that began at the mark before.

    'data' is waiting for samples, which the workers make meanwhile; 'loss' is f and the loss;
    'backward' includes the exchange of gradients; 'rest' is logs and checkpoints.

    On CUDA a mark is an event in the stream, read when the step has waited for its loss anyway: a
    phase is then what the GPU did for it or waited in it, and no mark makes the host wait.
    """

    def __init__(self, device: torch.device) -> None:
        """Start at nothing."""
        self.seconds = dict.fromkeys(PHASES, 0.0)
        self._cuda = device.type == 'cuda'
        self._pending: list[tuple[str, Any]] = []

    def start(self) -> None:
        """Begin the first phase."""
        self._pending = [('', self._now())]

    def mark(self, phase: str) -> None:
        """End `phase`."""
        self._pending.append((phase, self._now()))

    def settle(self) -> None:
        """Add up the marks."""
        if self._cuda:
            self._pending[-1][1].synchronize()
        for (_, begin), (phase, end) in pairwise(self._pending):
            self.seconds[phase] += begin.elapsed_time(end) / 1000 if self._cuda else end - begin
        del self._pending[:-1]

    def training(self) -> float:
        """Return the settled seconds without validation."""
        return sum(self.seconds.values()) - self.seconds['validation']

    def _now(self) -> Any:
        if not self._cuda:
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event
