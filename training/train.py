# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The training loop of every method, to be read from top to bottom."""
from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import cv2
import torch
from torch import nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from training import methods
from training.checkpoint import TrainState
from training.checks import check
from training.config import OptimConfig, RunConfig, optims, to_dict
from training.data.cached import Samples
from training.distributed import Group, join
from training.divergence import check_learned, check_loss, check_weights
from training.epochs import with_steps
from training.interruption import Interruption, deaf
from training.optimiser import learning_rate, make_optimiser, take_step
from training.phase_timer import PhaseTimer
from training.pretrained import load_pretrained
from training.progress import Progress
from training.resuming import announce, changes, digest_of
from training.run_folder import RunFolder
from training.runs import SavedRun, open_run, restore
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


def train(config: RunConfig, out: Path, resume: bool = True, until: float = math.inf) -> Path:
    """Train a method: its stages one after the other.

    Sample n of a stage depends on the seed and n alone, and so does what a loss draws at a step:
    a resumed run equals an uninterrupted one. Under torchrun all processes train together, the
    batch of a stage being the samples of a step in all of them.

    Args:
        config: the run; saved as <out>/config.json.
        out: folder of checkpoints (last.pt, and best.pt by the stage's validation score), logs
            (TensorBoard), config and summary.json: pairs per second and where the time went; and
            of <stage>.pt at the end of each stage but the last. Nothing is written before the
            first step is done.
        resume: go on from <out>/last.pt where it exists; otherwise what `out` has is moved aside.
        until: time.monotonic() at which the stage ends behind the step that it is in, of one
            process.

    Returns:
        the checkpoint <out>/last.pt.

    Raises:
        ConfigError: settings that cannot be had, or are not those of the run that goes on.
        DivergedError: the loss or the weights are no longer finite.
        CheckpointError: a checkpoint cannot be written.
        KeyboardInterrupt: Ctrl-C; says what is saved and how to go on.
    """
    group = join()
    config = with_steps(config)
    stages = check(config, group)
    path = out / 'last.pt'
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    model = methods.load(config.method).build(config)
    # torch's stub of to() leaves memory_format out.
    model.to(group.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    saved = group.from_first(lambda: open_run(path) if resume and path.exists() else None)
    state = saved.state if saved else None
    if saved and finished(saved, stages):
        asked = changes(saved, config, stages, path, '')
        if group.first:
            tqdm.write(f'{path}: finished, with {saved.state.steps} steps'
                       + ''.join(f'; {change["setting"]} changes nothing' for change in asked))
        return path
    photographs = digest_of(config.data)
    made = changes(saved, config, stages, path, photographs) if saved else []
    folder = RunFolder(out, to_dict(config), state, made, photographs, restart=not resume)
    run = Run(config, out, group, PhaseTimer(group.device),
              use_bf16(config.precision, group.device))
    if saved:
        restore(saved, path, config, model)
        run.timer.seconds.update(saved.state.seconds)
    elif config.pretrained and group.first:  # the others get these weights from it
        tqdm.write(load_pretrained(model, config.pretrained))
    if group.first:
        for sentence in announce(made, {name: optim.schedule for name, optim in optims(config)}):
            tqdm.write(sentence)

    progress = Progress(run, stages, state)
    begun = position(stages, state, path)
    try:
        for number, stage in enumerate(stages[begun:], begun):
            going_on = state if state and number == place(stages, state, path) else None
            train_stage(number, stage, stages, model, run, progress, folder, going_on, until)
        progress.finish()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(folder.stopped()) from None
    finally:
        progress.close()
    group.wait()
    return path


def train_stage(number: int, stage: Stage, stages: tuple[Stage, ...], model: nn.Module, run: Run,
                progress: Progress, folder: RunFolder, state: TrainState | None,
                until: float = math.inf) -> None:
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
        folder.save(path, TrainState(
            to_dict(config), stage.name, run.step, before, model.state_dict(),
            optimiser.state_dict(), torch.get_rng_state(), progress.scores(), progress.history,
            timer.seconds, folder.changes, folder.photographs))

    def validate() -> None:
        model.eval()
        progress.validated(stage, before, run.step, opened.validate())
        training_mode(model)
        if run.step and progress.is_best(stage):
            save(folder.best)

    left, learned = run.step < optim.steps, False
    if left:
        opened = stage.open(model, run)
        objective = group.parallel(Objective(model, stage, run))
        with deaf():  # so are the workers: Ctrl-C is for this process to end them
            batches = iter(make_loader(opened.samples, config, optim, run.step, group))
        if group.first and run.step == 0:
            validate()
        progress.begin(stage, run.step)
        timer.start()
    with Interruption(group.size == 1) as stop:
        while run.step < optim.steps:
            batch = {name: value.to(run.device, non_blocking=True) for name, value in
                     next(batches).items()}
            timer.mark('data')

            seed_step(config.seed, number, run.step, group.rank)
            terms = objective(batch)
            # DistributedDataParallel divides gradients by the processes, not by the terms.
            sums = group.total(torch.stack([value.detach().to(terms.total) for value in (
                terms.count, terms.total, *terms.parts.values())]))
            loss = terms.total * group.size / sums[0].clamp_min(1)
            timer.mark('loss')
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            timer.mark('backward')
            take_step(optimiser, parameters, optim, run.step)
            timer.mark('optimiser')
            count, *totals = sums.tolist()
            means = [total / max(count, 1) for total in totals]
            learned |= count > 0
            timer.settle()
            run.step += 1
            check_loss(means[0], stage.name, run.step, folder.kept())
            if not group.first:  # these wait in the sum of the next step
                continue

            folder.begin()
            progress.note(stage, before + run.step, {
                **dict(zip(('loss', *terms.parts), means, strict=True)),
                'lr': learning_rate(optim, run.step)})
            late = time.monotonic() > until
            last = run.step == optim.steps or late
            if late:
                progress.ended[stage.name] = run.step
            to_validate = last or run.step % config.validate_every == 0 \
                or run.step in config.validate_at
            stopping = stop.asked
            to_save = last or run.step % config.checkpoint_every == 0 or stopping
            if to_validate or to_save:
                check_weights(model, stage.name, run.step, means[0], folder.kept())
                check_learned(learned, stage.name, run.step)
            if to_validate:
                timer.mark('rest')
                validate()
                timer.mark('validation')
            if to_save:
                timer.settle()
                if last and number < len(stages) - 1:
                    save(finished_path(run.out, stage.name))
                save(folder.last)
            if stopping or late:
                break
            timer.mark('rest')
    if stop.asked:
        raise KeyboardInterrupt
    if group.first and not left:  # a stage that is left out, or cut short, leaves its weights too
        save(finished_path(run.out, stage.name))
        save(folder.last)
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


def place(stages: tuple[Stage, ...], state: TrainState, path: Path) -> int:
    """Return the number of the stage that a checkpoint is in; ValueError where there is none."""
    names = [stage.name for stage in stages]
    if state.stage not in names:
        raise ValueError(f'{path}: a checkpoint of stage {state.stage}, this run has '
                         f'{", ".join(names)}')
    return names.index(state.stage)


def position(stages: tuple[Stage, ...], state: TrainState | None, path: Path) -> int:
    """Return the number of the first stage that has steps left, len(stages) after the last.

    A stage that was cut short where it was has no file of its weights yet, and is not over.
    """
    if not state:
        return 0
    number = place(stages, state, path)
    over = state.step >= stages[number].optim.steps
    return number + (over and (number == len(stages) - 1
                               or finished_path(path.parent, state.stage).is_file()))


def finished(saved: SavedRun, stages: tuple[Stage, ...]) -> bool:
    """Tell whether a checkpoint is at the end of the last stage."""
    return saved.state.stage == stages[-1].name \
        and saved.state.step >= stages[-1].optim.steps


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
