# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The training loop, to be read from top to bottom."""
from __future__ import annotations

import json
import math
import time
from pathlib import Path

import cv2
import torch
from torch.utils.data import DataLoader, Subset
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from training import checkpoint
from training.config import OptimConfig, RunConfig, to_dict
from training.data.images import ImageSource, split
from training.data.packed import open_images
from training.data.pairs import PairDataset
from training.methods.residual.loss import pair_loss
from training.methods.residual.model import ResidualNetwork, to_input
from training.methods.residual.recipe import MEAN, STD
from training.validation import validate, validation_pairs


def train(config: RunConfig, out: Path, resume: bool = True) -> Path:
    """Train h and f on homography pairs.

    Sample n of a run depends on the seed and n alone, so a resumed run sees what an
    uninterrupted one sees.

    Args:
        config: the run; saved as <out>/config.json.
        out: folder of checkpoint, logs (TensorBoard) and config.
        resume: go on from <out>/last.pt where it exists.

    Returns:
        the checkpoint <out>/last.pt.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / 'config.json').write_text(json.dumps(to_dict(config), indent=2) + '\n')
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    model = ResidualNetwork(config.model).to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=config.optim.lr,
                                 weight_decay=config.optim.weight_decay)
    path, step, scores = out / 'last.pt', 0, {}
    if resume and path.exists():
        step, scores = restore(path, config, model, optimizer)

    training_images, held_out = split(open_images(config.data.images, config.data.size),
                                      config.data.validation_share)
    batches = iter(make_loader(training_images, config, start=step))
    pairs = validation_pairs(held_out, config)
    log = SummaryWriter(out / 'logs', purge_step=step)
    if step == 0:
        scores = report(log, validate(model, pairs), step)
    bar = tqdm(total=config.optim.steps, initial=step, unit='step', smoothing=0.02)
    waited = 0.0
    while step < config.optim.steps:
        started = time.perf_counter()
        batch = {name: value.to(device, non_blocking=True) for name, value in
                 next(batches).items()}
        waited += time.perf_counter() - started

        for group in optimizer.param_groups:
            group['lr'] = learning_rate(config.optim, step)
        with torch.autocast(device.type, torch.bfloat16, enabled=use_bf16(config.precision)):
            images = to_input(batch['images'].flatten(0, 1), MEAN, STD)
            dense = model.see(images.contiguous(memory_format=torch.channels_last))
        descriptors = model.describe(images, dense, batch['keypoints'].flatten(0, 1),
                                     batch['handcrafted'].flatten(0, 1))
        loss = pair_loss(descriptors.unflatten(0, (-1, 2)), batch, config.loss)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        step += 1

        bar.update()
        bar.set_postfix(loss=f'{loss.item():.3f}', recall=f'{scores["recall"]:.3f}',
                        ratio=f'{scores["ratio"]:.3f}', wait=f'{waited:.0f}s')
        log.add_scalar('train/loss', loss.item(), step)
        log.add_scalar('train/lr', learning_rate(config.optim, step), step)
        last = step == config.optim.steps
        if last or step % config.validate_every == 0:
            scores = report(log, validate(model, pairs), step)
        if last or step % config.checkpoint_every == 0:
            checkpoint.save(path, config, step, model, optimizer, scores)
    bar.close()
    log.close()
    return path


def restore(path: Path, config: RunConfig, model: ResidualNetwork,
            optimizer: torch.optim.Optimizer) -> tuple[int, dict[str, float]]:
    """Load a checkpoint into model and optimiser; ValueError where it is of other networks."""
    state = checkpoint.load(path)
    if (state['config'].model, state['config'].method) != (config.model, config.method):
        raise ValueError(f'{path}: a checkpoint of {state["config"].method} '
                         f'({state["config"].model}), not of this run')
    model.load_state_dict(state['model'])
    optimizer.load_state_dict(state['optimizer'])
    torch.set_rng_state(state['rng'])
    return state['step'], state['scores']


def make_loader(images: ImageSource, config: RunConfig, start: int) -> DataLoader:
    """Return batches from step `start` on, made in worker processes."""
    batch, steps, workers = config.optim.batch, config.optim.steps, config.data.workers
    dataset = PairDataset(images, config.handcrafted, config.data, config.seed, batch * steps)
    return DataLoader(Subset(dataset, range(batch * start, batch * steps)), batch_size=batch,
                      num_workers=workers, prefetch_factor=4 if workers else None,
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


def use_bf16(precision: str) -> bool:
    """Return whether to autocast h: 'bf16', 'fp32', or 'auto' for where the hardware is fast."""
    if precision != 'auto':
        return precision == 'bf16'
    return torch.cuda.is_available() or torch.cpu._is_amx_tile_supported()


def report(log: SummaryWriter, scores: dict[str, float], step: int) -> dict[str, float]:
    """Write validation scores to the log and the terminal."""
    for name, value in scores.items():
        log.add_scalar(f'validation/{name}', value, step)
    tqdm.write(f'step {step}: ' + ', '.join(f'{name} {value:.4f}' for name, value in
                                            scores.items()))
    return scores
