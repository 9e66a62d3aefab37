# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The folder of a run: nothing is written, or moved aside, before the run has begun to learn."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tqdm import tqdm

from residual_features_ros.outputs import unused
from training import checkpoint
from training.checkpoint import TrainState


class RunFolder:
    """Where the first process of a run writes.

    last: the checkpoint to go on from. saved: steps of all stages that it has, None where there is
    none. begun: whether this run has written. changes: of settings, all since its first step.
    photographs: resuming.digest_of its data.
    """

    def __init__(self, out: Path, settings: dict[str, Any], state: TrainState | None,
                 changes: list[dict[str, Any]], photographs: str, restart: bool = False) -> None:
        """Hold what begin() writes; `state` and its `changes` of a run that goes on."""
        self.out, self.last, self.best = out, out / 'last.pt', out / 'best.pt'
        self.saved, self.restart, self.begun = state.steps if state else None, restart, False
        self.changes = [*(state.changes if state else []), *changes]
        self.photographs = photographs
        self._settings = {**settings, **({'changes': self.changes} if self.changes else {})}
        self._resumed = state is not None

    def begin(self) -> None:
        """Write the settings, once: they are used from now on.

        With `restart` what the folder has is moved aside first. Other settings that are there are
        moved aside too: they are of a run that ended before its first checkpoint, or someone's.
        """
        if self.begun:
            return
        if self.restart and self.out.exists():
            aside = unused(self.out)
            self.out.rename(aside)
            tqdm.write(f'{self.out}: what was there is now {aside}')
        path, text = self.out / 'config.json', json.dumps(self._settings, indent=2) + '\n'
        if not self._resumed and path.exists() \
                and path.read_text(encoding='utf-8', errors='replace') != text:
            aside = path.rename(unused(path))
            tqdm.write(f'{path}: there were other settings, now in {aside}')
        self.out.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding='utf-8')
        self.begun = True

    def save(self, path: Path, state: TrainState) -> None:
        """Write a checkpoint; begins the run where it has not begun."""
        self.begin()
        checkpoint.save(path, state)
        if path == self.last:
            self.saved = state.steps

    def stopped(self) -> str:
        """Return what is kept of a run that was stopped, and how to go on."""
        if not self.begun and (self.restart or self.saved is None):
            return f'stopped before the first step was done; {self.out} is as it was'
        again = 'the same command' + (' without --restart' if self.restart else '')
        if self.saved is None:
            return f'stopped before the first checkpoint; {again} begins anew'
        return f'stopped; {self.last} has step {self.saved}, {again} goes on from there'

    def kept(self) -> str:
        """Return which checkpoint is good where the steps since are not."""
        if self.saved is None:
            return 'there is no checkpoint yet'
        return f'{self.last} is that of step {self.saved}, before it'
