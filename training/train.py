# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The training loop of every method, to be read from top to bottom."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import torch
from torch import nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from residual_features_ros.errors import ConfigError, unknown
from residual_features_ros.outputs import unused
from training import checkpoint, methods
from training.checkpoint import TrainState
from training.config import OptimConfig, RunConfig, to_dict
from training.data.cached import Samples
from training.distributed import Group, join
from training.optimiser import check_names, learning_rate, make_optimiser, take_step
from training.phase_timer import PhaseTimer
from training.pretrained import load_pretrained
from training.progress import Progress
from training.runs import open_run, restore
from training.stage import (
    Batch,
    Run,
    Stage,
    Terms,
    finished_path,
    freeze,
    seed_step,
    training_mode,
)

PRECISIONS = ('auto', 'bf16', 'fp32')


def train(config: RunConfig, out: Path, resume: bool = True) -> Path:
    """Train a method: its stages one after the other.

    Sample n of a stage depends on the seed and n alone, and so does what a loss draws at a step:
    a resumed run equals an uninterrupted one. Under torchrun all processes train together, the
    batch of a stage being the samples of a step in all of them.

    Args:
        config: the run; saved as <out>/config.json.
        out: folder of checkpoint, logs (TensorBoard), config and summary.json: pairs per second
            and where the time went; and of <stage>.pt at the end of each stage but the last.
        resume: go on from <out>/last.pt where it exists; otherwise what `out` has is moved aside.

    Returns:
        the checkpoint <out>/last.pt.
    """
    group = join()
    stages = check(config, group)
    path = out / 'last.pt'
    if group.first and not resume and out.exists():
        aside = unused(out)
        out.rename(aside)
        tqdm.write(f'{out}: what was there is now {aside}')
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    model = methods.load(config.method).build(config)
    # torch's stub of to() leaves memory_format out.
    model.to(group.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    run = Run(config, out, group, PhaseTimer(group.device),
              use_bf16(config.precision, group.device))
    saved = group.from_first(lambda: open_run(path) if resume and path.exists() else None)
    state = saved.state if saved else None
    if saved:
        restore(saved, path, config, model)
        run.timer.seconds.update(saved.state.seconds)
    elif config.pretrained and group.first:  # the others get these weights from it
        tqdm.write(load_pretrained(model, config.pretrained))

    if group.first:
        note_settings(out, to_dict(config), bool(saved))
    begun = position(stages, state, path)
    if begun == len(stages):
        return path
    progress = Progress(run, stages, state)
    for number, stage in enumerate(stages[begun:], begun):
        going_on = state if state and number == place(stages, state, path) else None
        train_stage(number, stage, stages, model, run, progress, going_on)
    progress.finish()
    group.wait()
    return path


def note_settings(out: Path, settings: dict[str, Any], resumed: bool) -> None:
    """Write the settings of a run into its folder; other ones that are there are moved aside.

    They are those of a run that ended before its first checkpoint, or someone's.
    """
    path, text = out / 'config.json', json.dumps(settings, indent=2) + '\n'
    if not resumed and path.exists() \
            and path.read_text(encoding='utf-8', errors='replace') != text:
        aside = path.rename(unused(path))
        tqdm.write(f'{path}: there were other settings, now in {aside}')
    out.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding='utf-8')


def train_stage(number: int, stage: Stage, stages: tuple[Stage, ...], model: nn.Module, run: Run,
                progress: Progress, state: TrainState | None) -> None:
    """Train one stage from its first step, or from where the checkpoint `state` is in it."""
    config, group, timer, optim = run.config, run.group, run.timer, stage.optim
    before = sum(earlier.optim.steps for earlier in stages[:number])
    parameters = freeze(model, stage.trained)
    optimiser = make_optimiser(parameters, optim)
    run.step = state.step if state else 0
    if state:
        optimiser.load_state_dict(state.optimizer)
        torch.set_rng_state(state.rng)

    def save(path: Path) -> None:
        checkpoint.save(path, TrainState(
            to_dict(config), stage.name, run.step, before, model.state_dict(),
            optimiser.state_dict(), torch.get_rng_state(), progress.scores(), progress.history,
            timer.seconds))

    def validate() -> None:
        model.eval()
        progress.validated(stage, before, run.step, opened.validate())
        training_mode(model)

    if run.step < optim.steps:
        opened = stage.open(model, run)
        objective = group.parallel(Objective(model, stage, run))
        batches = iter(make_loader(opened.samples, config, optim, run.step, group))
        if group.first and run.step == 0:
            validate()
        progress.begin(stage, run.step)
        timer.start()
    while run.step < optim.steps:
        batch = {name: value.to(run.device, non_blocking=True) for name, value in
                 next(batches).items()}
        timer.mark('data')

        seed_step(config.seed, number, run.step, group.rank)
        terms = objective(batch)
        # DistributedDataParallel divides gradients by the processes, which should be the terms.
        sums = group.total(torch.stack([value.detach().to(terms.total) for value in (
            terms.count, terms.total, *terms.parts.values())]))
        loss = terms.total * group.size / sums[0].clamp_min(1)
        timer.mark('loss')
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        timer.mark('backward')
        take_step(optimiser, parameters, optim, run.step)
        timer.mark('optimiser')
        means = (sums[1:] / sums[0].clamp_min(1)).tolist()
        timer.settle()
        run.step += 1
        if not group.first:  # these wait in the sum of the next step
            continue

        progress.note(stage, before + run.step, {
            **dict(zip(('loss', *terms.parts), means, strict=True)),
            'lr': learning_rate(optim, run.step)})
        last = run.step == optim.steps
        if last or run.step % config.validate_every == 0 or run.step in config.validate_at:
            timer.mark('rest')
            validate()
            timer.mark('validation')
        if last or run.step % config.checkpoint_every == 0:
            timer.settle()
            if last and number < len(stages) - 1:
                save(finished_path(run.out, stage.name))
            save(run.out / 'last.pt')
        timer.mark('rest')
    if group.first and not optim.steps:  # a stage that is left out leaves its weights too
        save(finished_path(run.out, stage.name))
        save(run.out / 'last.pt')
    group.wait()  # the next stage reads what the first process has written


class Objective(nn.Module):
    """The loss of a stage as a module, which DistributedDataParallel takes."""

    def __init__(self, model: nn.Module, stage: Stage, run: Run) -> None:
        """Hold model and loss."""
        super().__init__()
        self.model, self.stage, self.run = model, stage, run

    def forward(self, batch: Batch) -> Terms:
        """Return the terms of a batch."""
        return self.stage.loss(self.model, batch, self.run)


def check(config: RunConfig, group: Group) -> tuple[Stage, ...]:
    """Return the stages of a run.

    Raises:
        ConfigError: settings that contradict each other or the number of processes.
    """
    if config.precision not in PRECISIONS:
        raise unknown('precision', config.precision, PRECISIONS)
    stages = methods.load(config.method).stages(config)
    for stage in stages:
        group.share(stage.optim.batch)
        check_names(stage.optim)
        if stage.one_process and group.size > 1:
            raise ConfigError(f'stage {stage.name} of {config.method} runs in one process with '
                              'these settings')
    return stages


def place(stages: tuple[Stage, ...], state: TrainState, path: Path) -> int:
    """Return the number of the stage that a checkpoint is in; ValueError where there is none."""
    names = [stage.name for stage in stages]
    if state.stage not in names:
        raise ValueError(f'{path}: a checkpoint of stage {state.stage}, this run has '
                         f'{", ".join(names)}')
    return names.index(state.stage)


def position(stages: tuple[Stage, ...], state: TrainState | None, path: Path) -> int:
    """Return the number of the first stage that has steps left, len(stages) after the last."""
    if not state:
        return 0
    number = place(stages, state, path)
    return number + (state.step >= stages[number].optim.steps)


def make_loader(samples: Samples, config: RunConfig, optim: OptimConfig, start: int,
                group: Group) -> DataLoader:
    """Return this process's part of the batches from step `start` on, made in workers."""
    workers = config.data.workers
    numbers = ([optim.batch * step + sample for sample in group.share(optim.batch)]
               for step in range(start, optim.steps))
    dataset: Any = samples  # has what torch's Dataset has
    return DataLoader(dataset, batch_sampler=numbers, num_workers=workers,
                      prefetch_factor=4 if workers else None,
                      pin_memory=group.device.type == 'cuda',
                      # A forked worker inherits OpenCV's thread pool without its threads, and
                      # waits for them for ever.
                      multiprocessing_context='spawn' if workers else None,
                      worker_init_fn=_one_thread)


def _one_thread(_: int) -> None:
    cv2.setNumThreads(1)


def use_bf16(precision: str, device: torch.device) -> bool:
    """Return whether to autocast h: 'bf16', 'fp32', or 'auto' for where the hardware is fast."""
    if precision != 'auto':
        return precision == 'bf16'
    if device.type == 'cuda':
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
