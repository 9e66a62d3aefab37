# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a run tells: progress bar, TensorBoard, history of validations, summary.json."""
from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from training.activity import warning
from training.checkpoint import TrainState
from training.stage import Run, Stage

NOT_SCORES = ('stage', 'step', 'seconds')


class Progress:
    """Of all stages of a run; writes in the first process alone.

    history: a line for each validation: stage, its step, seconds of training, scores. Steps in
    the logs count on from stage to stage.
    """

    def __init__(self, run: Run, stages: tuple[Stage, ...], state: TrainState | None) -> None:
        """Open the logs, going on where the checkpoint `state` is."""
        self.run, self.stages = run, stages
        self.history: list[dict[str, Any]] = list(state.history) if state else []
        self.ended: dict[str, int] = {}  # steps of stages that time has ended before theirs
        self._bar: Any = None
        self._pending: list[tuple[str, float, int]] = []  # scores before the first step
        self._log: Any = None  # in the first process alone, from its first step on
        self._done = state.steps if state else 0

    def begin(self, stage: Stage, step: int) -> None:
        """Draw the bar of a stage that begins, or goes on at `step`."""
        self._close()
        self._bar = tqdm(total=stage.optim.steps, initial=step, unit='step', smoothing=0.02,
                         desc=stage.name if len(self.stages) > 1 else None,
                         disable=not self.run.group.first)

    def note(self, stage: Stage, step: int, values: Mapping[str, float]) -> None:
        """Log the loss, its parts and the learning rate of a step."""
        shown = {name: f'{self.history[-1][name]:.3f}' for name in stage.shown
                 if name in self.history[-1]}
        self._bar.update()
        self._bar.set_postfix(loss=f'{values["loss"]:.3f}', **shown,
                              wait=f'{self.run.timer.seconds["data"]:.0f}s')
        if self._log is None:
            self._log = SummaryWriter(self.run.out / 'logs',
                                      purge_step=self._done + 1 if self._done else 0)
            self._write_pending()
        for name, value in values.items():
            self._log.add_scalar(f'{stage.name}/{name}', value, step)

    def validated(self, stage: Stage, before: int, step: int, scores: Mapping[str, float]) -> None:
        """Write validation scores to log, terminal and history."""
        self._pending += [(f'validation/{name}', value, before + step)
                          for name, value in scores.items()]
        if self._log is not None:
            self._write_pending()
        which = f'{stage.name}, ' if len(self.stages) > 1 else ''
        tqdm.write(f'{which}step {step}: ' + ', '.join(
            f'{name} {value:.4f}' for name, value in scores.items()))
        trouble = warning(scores)
        if trouble:
            tqdm.write(f'{which}step {step}: {trouble}')
        seconds = self.run.timer.training() if before + step else 0.0
        self.history.append({'stage': stage.name, 'step': step, 'seconds': seconds, **scores})

    def is_best(self, stage: Stage) -> bool:
        """Tell whether the last validation of a stage is better than all behind its step 0."""
        line = best(self.history, stage)
        return line is not None and line is self.history[-1]

    def scores(self) -> dict[str, float]:
        """Return the scores of the last validation."""
        line = self.history[-1] if self.history else {}
        return {name: value for name, value in line.items() if name not in NOT_SCORES}

    def finish(self) -> None:
        """Write pairs per second and the shares of time to terminal, log and summary.json."""
        self._close()
        if self._log is None:
            return
        stage = self.stages[-1]
        found = best(self.history, stage)
        if found:
            name = score_of(stage)
            tqdm.write(f'best.pt is of step {found["step"]}: {name} {found[name]:.4f}, at the end '
                       f'{self.scores()[name]:.4f}')
        run, timer = self.run, self.run.timer
        timer.settle()
        done = {stage.name: self.ended.get(stage.name, stage.optim.steps)
                for stage in self.stages}
        steps = sum(done.values())
        speed = sum(done[stage.name] * stage.optim.batch for stage in self.stages) \
            / timer.training()
        whole = sum(timer.seconds.values())
        shares = {phase: seconds / whole for phase, seconds in timer.seconds.items()}
        self._log.add_scalar('time/pairs_per_second', speed, steps)
        for phase, share in shares.items():
            self._log.add_scalar(f'time/{phase}', share, steps)
        device = torch.cuda.get_device_name() if run.device.type == 'cuda' else 'cpu'
        precision = 'bf16' if run.bf16 else 'fp32'
        summary = {
            'steps': steps, 'batch': self.stages[-1].optim.batch,
            'stages': {stage.name: {'steps': done[stage.name], 'batch': stage.optim.batch}
                       for stage in self.stages},
            'pairs_per_second': speed, 'seconds': timer.seconds, 'scores': self.scores(),
            'device': device, 'precision': precision, 'processes': run.group.size,
            'threads': torch.get_num_threads(), 'workers': run.config.data.workers}
        (run.out / 'summary.json').write_text(json.dumps(summary, indent=2) + '\n')
        tqdm.write(f'{speed:.1f} pairs/s ({device}, {precision}), validation not counted; of '
                   f'{whole:.0f} s: ' + ', '.join(f'{phase} {share:.0%}' for phase, share in
                                                  shares.items()))

    def close(self) -> None:
        """Close bar and logs, whatever has happened."""
        self._close()
        if self._log is not None:
            self._log.close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def _write_pending(self) -> None:
        for name, value, step in self._pending:
            self._log.add_scalar(name, value, step)
        self._pending.clear()


def score_of(stage: Stage) -> str:
    """Return the name of the score by which the best checkpoint of a stage is chosen."""
    return stage.score or next(iter(stage.shown), '')


def best(history: Sequence[Mapping[str, Any]], stage: Stage) -> Mapping[str, Any] | None:
    """Return the best validation of a stage behind its step 0, the first of equals, or None."""
    name, sign = score_of(stage), -1 if stage.least else 1
    lines = [line for line in history if line['stage'] == stage.name and line['step']
             and not math.isnan(line.get(name, math.nan))]
    return max(lines, key=lambda line: sign * line[name], default=None)
