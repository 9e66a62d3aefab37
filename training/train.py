# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The training loop, to be read from top to bottom."""
from __future__ import annotations

import json
import math
from pathlib import Path

import cv2
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from residual_features_ros.config import ConfigError, unknown
from training import checkpoint
from training.clock import Clock
from training.config import OptimConfig, RunConfig, to_dict
from training.data.sources import Source, open_dataset, open_sources
from training.distributed import Group, join
from training.initial import load_initial, load_teacher
from training.methods.residual.loss import loss_terms
from training.methods.residual.model import ResidualNetwork, to_input
from training.methods.residual.recipe import MEAN, STD
from training.validation import validate, validation_pairs

PRECISIONS = ('auto', 'bf16', 'fp32')


def train(config: RunConfig, out: Path, resume: bool = True) -> Path:
    """Train h and f on pairs of views.

    Sample n of a run depends on the seed and n alone, so a resumed run sees what an
    uninterrupted one sees. Under torchrun all processes train together, optim.batch being the
    samples of a step in all of them.

    Args:
        config: the run; saved as <out>/config.json.
        out: folder of checkpoint, logs (TensorBoard), config and summary.json: pairs per second
            and where the time went.
        resume: go on from <out>/last.pt where it exists.

    Returns:
        the checkpoint <out>/last.pt.
    """
    group = join()
    check(config, group)
    device, path, step = group.device, out / 'last.pt', 0
    history: list[dict[str, float]] = []
    if group.first:
        out.mkdir(parents=True, exist_ok=True)
        (out / 'config.json').write_text(json.dumps(to_dict(config), indent=2) + '\n')
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    model = ResidualNetwork(config.model)
    model.to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=config.optim.lr,
                                 weight_decay=config.optim.weight_decay)
    clock = Clock(device)
    state = group.from_first(
        lambda: checkpoint.load(path) if resume and path.exists() else None)
    if state:
        checkpoint.restore(state, path, config, model, optimizer)
        step, history = state['step'], state['history']
        clock.seconds.update(state['seconds'])
    elif config.init and group.first:  # the others get these weights from it
        tqdm.write(load_initial(model, config.init))
    if step >= config.optim.steps:
        return path
    bf16 = use_bf16(config.precision, device)
    describe = group.parallel(Describer(model, bf16, clock))
    teacher = None
    if config.loss.kind == 'distil':
        teacher = Describer(load_teacher(config.loss.teacher).to(device), bf16, clock)

    source, held_out = open_sources(config)
    batches = iter(make_loader(source, config, step, group))
    if group.first:
        pairs = validation_pairs(held_out, config)
        log = SummaryWriter(out / 'logs', purge_step=step + 1 if step else 0)
        if step == 0:
            history = [report(log, validate(model, pairs), step, 0.0)]
    bar = tqdm(total=config.optim.steps, initial=step, unit='step', smoothing=0.02,
               disable=not group.first)
    clock.start()
    while step < config.optim.steps:
        batch = {name: value.to(device, non_blocking=True) for name, value in
                 next(batches).items()}
        clock.mark('data')

        for parameters in optimizer.param_groups:
            parameters['lr'] = learning_rate(config.optim, step)
        descriptors, dense = describe(*(batch[name] for name in (
            'images', 'keypoints', 'handcrafted', 'windows')))
        if teacher:
            batch['taught'] = teacher.see(batch['images'])
        total, count = loss_terms(descriptors, dense, batch, config.loss)
        # DistributedDataParallel divides gradients by the processes, which should be the terms.
        sums = group.total(torch.stack([total.detach(), count.to(total)]))
        loss = total * group.size / sums[1].clamp_min(1)
        clock.mark('loss')
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        clock.mark('backward')
        optimizer.step()
        clock.mark('optimiser')
        mean_loss = (sums[0] / sums[1].clamp_min(1)).item()
        clock.settle()
        step += 1
        if not group.first:  # these wait in the sum of the next step
            continue

        bar.update()
        bar.set_postfix(loss=f'{mean_loss:.3f}', recall=f'{history[-1]["recall"]:.3f}',
                        ratio=f'{history[-1]["ratio"]:.3f}', wait=f'{clock.seconds["data"]:.0f}s')
        log.add_scalar('train/loss', mean_loss, step)
        log.add_scalar('train/lr', learning_rate(config.optim, step), step)
        last = step == config.optim.steps
        if last or step % config.validate_every == 0 or step in config.validate_at:
            clock.mark('rest')
            history.append(report(log, validate(model, pairs), step, clock.training()))
            clock.mark('validation')
        if last or step % config.checkpoint_every == 0:
            clock.settle()
            checkpoint.save(path, config, step, model, optimizer, scores_of(history[-1]), history,
                            clock.seconds)
        clock.mark('rest')
    bar.close()
    if group.first:
        summarise(log, out, config, clock, group, history[-1])
        log.close()
    group.wait()
    return path


def check(config: RunConfig, group: Group) -> None:
    """Raise ConfigError for settings that contradict each other or the number of processes."""
    group.share(config.optim.batch)
    if config.precision not in PRECISIONS:
        raise unknown('precision', config.precision, PRECISIONS)
    if config.loss.kind == 'distil' and not config.loss.teacher:
        raise ConfigError('loss.kind=distil needs loss.teacher: a checkpoint, a card or a method')
    if config.loss.kind == 'distil' and group.size > 1:
        raise ConfigError('loss.kind=distil runs in one process: it gives f no gradients to share')
    if config.loss.kind == 'superpoint' and config.model.fusion != 'none':
        raise ConfigError('loss.kind=superpoint trains h alone: set model.fusion=none, or train '
                          'a method cnn_*')


class Describer(nn.Module):
    """h and f as they are trained: h in bf16 where that was asked for, f in fp32."""

    def __init__(self, model: ResidualNetwork, bf16: bool, clock: Clock) -> None:
        """Hold the networks."""
        super().__init__()
        self.model, self.bf16, self.clock = model, bf16, clock

    def forward(self, images: Tensor, keypoints: Tensor, handcrafted: Tensor,
                windows: Tensor) -> tuple[Tensor, Tensor | None]:
        """PairDataset's arrays with a leading B -> (B, 2, K, dim), h's map or None."""
        maps = self.see(images)
        rows = self.model.describe(*(None if array is None else array.flatten(0, 1) for array in (
            maps, keypoints, handcrafted, windows)))
        return rows.unflatten(0, (-1, 2)), maps

    def see(self, images: Tensor) -> Tensor | None:
        """(B, 2, H, W, 3) -> h's map (B, 2, C, H/8, W/8) or None."""
        with torch.autocast(images.device.type, torch.bfloat16, enabled=self.bf16):
            blob = to_input(images.flatten(0, 1), MEAN, STD)
            dense = self.model.see(blob.contiguous(memory_format=torch.channels_last))
        self.clock.mark('h')
        return None if dense is None else dense.unflatten(0, (-1, 2))


def make_loader(source: Source, config: RunConfig, start: int, group: Group) -> DataLoader:
    """Return this process's part of the batches from step `start` on, made in workers."""
    batch, steps, workers = config.optim.batch, config.optim.steps, config.data.workers
    dataset = open_dataset(source, config, config.seed, batch * steps)
    numbers = ([batch * step + place for place in group.share(batch)]
               for step in range(start, steps))
    return DataLoader(dataset, batch_sampler=numbers, num_workers=workers,
                      prefetch_factor=4 if workers else None,
                      pin_memory=group.device.type == 'cuda',
                      # A forked worker inherits OpenCV's thread pool without its threads, and
                      # waits for them for ever.
                      multiprocessing_context='spawn' if workers else None,
                      worker_init_fn=_one_thread)


def _one_thread(_: int) -> None:
    cv2.setNumThreads(1)


def learning_rate(optim: OptimConfig, step: int) -> float:
    """Return the rate of a step: linear warm-up, then constant, or a cosine to zero."""
    warm = min(1.0, (step + 1) / max(optim.warmup_steps, 1))
    if optim.schedule == 'constant':
        return optim.lr * warm
    progress = min(step / max(optim.steps, 1), 1.0)
    return optim.lr * warm * 0.5 * (1 + math.cos(math.pi * progress))


def use_bf16(precision: str, device: torch.device) -> bool:
    """Return whether to autocast h: 'bf16', 'fp32', or 'auto' for where the hardware is fast."""
    if precision != 'auto':
        return precision == 'bf16'
    if device.type == 'cuda':
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()


def report(log: SummaryWriter, scores: dict[str, float], step: int,
           seconds: float) -> dict[str, float]:
    """Write validation scores to the log and the terminal, and return their line of history."""
    for name, value in scores.items():
        log.add_scalar(f'validation/{name}', value, step)
    tqdm.write(f'step {step}: ' + ', '.join(f'{name} {value:.4f}' for name, value in
                                            scores.items()))
    return {'step': step, 'seconds': seconds, **scores}


def scores_of(line: dict[str, float]) -> dict[str, float]:
    """Return a line of history without its step and seconds."""
    return {name: value for name, value in line.items() if name not in ('step', 'seconds')}


def summarise(log: SummaryWriter, out: Path, config: RunConfig, clock: Clock, group: Group,
              line: dict[str, float]) -> None:
    """Write pairs per second and the shares of time to terminal, log and <out>/summary.json."""
    clock.settle()
    whole = sum(clock.seconds.values())
    speed = config.optim.steps * config.optim.batch / clock.training()
    shares = {phase: seconds / whole for phase, seconds in clock.seconds.items()}
    log.add_scalar('time/pairs_per_second', speed, config.optim.steps)
    for phase, share in shares.items():
        log.add_scalar(f'time/{phase}', share, config.optim.steps)
    device = torch.cuda.get_device_name() if group.device.type == 'cuda' else 'cpu'
    precision = 'bf16' if use_bf16(config.precision, group.device) else 'fp32'
    summary = {'steps': config.optim.steps, 'batch': config.optim.batch,
               'pairs_per_second': speed, 'seconds': clock.seconds, 'scores': scores_of(line),
               'device': device, 'precision': precision, 'processes': group.size,
               'threads': torch.get_num_threads(), 'workers': config.data.workers}
    (out / 'summary.json').write_text(json.dumps(summary, indent=2) + '\n')
    tqdm.write(f'{speed:.1f} pairs/s ({device}, {precision}), validation not counted; of '
               f'{whole:.0f} s: ' + ', '.join(f'{phase} {share:.0%}' for phase, share in
                                              shares.items()))
