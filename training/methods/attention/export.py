# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoint of the attention matcher -> its ONNX graph, in int8 too, and a card."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from residual_features_ros.attention import CARD, FORMAT, INPUTS, MatcherCard, write_card
from residual_features_ros.backends import load_backend
from residual_features_ros.environment import commit
from residual_features_ros.model_card import load_card, sha256_of
from residual_features_ros.outputs import refuse_existing
from residual_features_ros.types import normalise_rows
from training.export import (
    EXPORTER,
    ExportError,
    public,
    public_changes,
    refuse_apart,
    rounded,
    store_as_fp16,
)
from training.methods.attention.method import LEAST
from training.methods.attention.model import AttentionNetwork, Judge
from training.quantise import quantise_layers
from training.run_command import command_of
from training.runs import SavedRun, open_run

OUTPUT = 'probabilities'
AXES = {'first_frames': 'n', 'first_rows': 'n', 'second_frames': 'm', 'second_rows': 'm',
        'seeds': 's'}
PROJECT = '/project'  # what logits are made of stays in fp32
PROBABLE, LEAST_SAME = 0.1, 0.9  # what a match is here, and the share that int8 keeps
COUNTS = ((600, 640, 100), (1000, 900, 128), (3, 2, 1))  # keypoints of both images, seeds


def export_matcher(path: Path, out: Path, licence: str, data: str, note: str = '') -> MatcherCard:
    """Write attention.onnx, attention_int8.onnx and their card attention.json.

    Weights are rounded to fp16, the form in which they are stored.

    Args:
        path: the checkpoint.
        out: folder for the files.
        licence: licence of the weights.
        data: what they were trained on.
        note: anything else for the card, such as what the run started from.

    Raises:
        OutputError: `out` has such files already.
        ExportError: ONNX Runtime's probabilities differ from torch's by more than 1e-4, or int8
            changes the matches.
    """
    run = open_run(path)
    network: Any = rounded(run.build()).eval()
    files = {name: out / f'{name}.onnx' for name in ('attention', 'attention_int8')}
    refuse_existing([*files.values(), out / CARD])
    out.mkdir(parents=True, exist_ok=True)
    try:
        write_graph(network, files['attention'])
        quantise_layers(files['attention'], files['attention_int8'], PROJECT)
        store_as_fp16(files['attention'])
        card = card_of(run, files, out, licence, data, note)
        card.scores['parity'] = {'largest_difference_to_torch': parity(network, card)}
        card.scores['int8'] = {'same_matches': agreement(card)}
    except ExportError:
        for file in files.values():  # all made here: none was there
            file.unlink(missing_ok=True)
        raise
    write_card(card)
    return card


def card_of(run: SavedRun, files: dict[str, Path], out: Path, licence: str, data: str,
            note: str) -> MatcherCard:
    """Return the card of a run's checkpoint."""
    config, state = run.config, run.state
    methods = dict.fromkeys((config.features.method, config.features.other))
    return MatcherCard(
        format=FORMAT, methods={name: load_card(name).sha256 for name in methods},
        dim=config.model.dim, least=LEAST,
        bias=state.scores.get('bias', 0.0), slope=state.scores.get('slope', 1.0),
        files={name: {'name': file.name, 'sha256': sha256_of(file)}
               for name, file in files.items()}, licence=licence, data=data,
        training={'command': command_of(config, public(config)),
                  'commit': commit(), 'steps': state.steps, 'stage': state.stage, 'note': note,
                  'config': public(config), **public_changes(state.changes)},
        scores={'validation': state.scores}, folder=out)


def write_graph(network: AttentionNetwork, path: Path) -> None:
    """Write the network as ONNX with any number of keypoints and of seeds."""
    probe = probes(np.random.default_rng(0), network.dim, *COUNTS[0])
    torch.onnx.export(
        Judge(network).eval(), tuple(torch.from_numpy(probe[name]) for name in INPUTS), path,
        **EXPORTER, input_names=list(INPUTS), output_names=[OUTPUT],
        dynamic_axes={**{name: {0: axis} for name, axis in AXES.items()},
                      OUTPUT: {0: 'n', 1: 'm'}})


def probes(rng: np.random.Generator, dim: int, first: int, second: int,
           seeds: int) -> dict[str, np.ndarray]:
    """Return random inputs by name: the second image has the first one's keypoints, disturbed."""
    frames = rng.uniform(-1, 1, (max(first, second), 5)).astype(np.float32)
    rows = rng.standard_normal((max(first, second), dim)).astype(np.float32)
    moved, changed = (values + 0.3 * rng.standard_normal(values.shape).astype(np.float32)
                      for values in (frames, rows))
    return dict(zip(INPUTS, (
        frames[:first], normalise_rows(rows[:first]), moved[:second],
        normalise_rows(changed[:second]),
        rng.uniform(0, 1, (seeds, 1)).astype(np.float32)), strict=True))


def parity(network: AttentionNetwork, card: MatcherCard) -> float:
    """Return the largest difference between probabilities of torch and of ONNX Runtime.

    Raises:
        ExportError: it is over 1e-4.
    """
    session = load_backend('onnxruntime').open_session(card.path('attention'), 0)
    rng = np.random.default_rng(0)
    largest = 0.0
    for counts in COUNTS:
        probe = probes(rng, card.dim, *counts)
        with torch.inference_mode():
            expected = Judge(network)(*(torch.from_numpy(probe[name]) for name in INPUTS))
        apart = np.abs(session.run(probe)['probabilities'] - expected.numpy()).max()
        largest = float(np.maximum(largest, apart))  # nan where either is
        refuse_apart(card.path('attention'), largest)
    return largest


def agreement(card: MatcherCard) -> float:
    """Return which share of the matches of fp32 int8 has too.

    Raises:
        ExportError: too few.
    """
    backend = load_backend('onnxruntime')
    exact, quantised = (backend.open_session(card.path(name), 0)
                        for name in ('attention', 'attention_int8'))
    probe = probes(np.random.default_rng(1), card.dim, *COUNTS[1])
    found, likewise = (session.run(probe)['probabilities'] for session in (exact, quantised))
    certain = found.max(1) >= PROBABLE
    kept = (found.argmax(1) == likewise.argmax(1)) & (likewise.max(1) >= PROBABLE / 2)
    share = float(kept[certain].mean()) if certain.any() else 1.0
    if not share >= LEAST_SAME:
        raise ExportError(f'{card.path("attention_int8")}: has {share:.0%} of the matches of '
                          f'fp32, at least {LEAST_SAME:.0%} was expected')
    return share
