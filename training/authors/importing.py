# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A file of weights that a paper's authors have published -> ONNX graphs and a card."""
from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from residual_features_ros.errors import unknown
from residual_features_ros.model_card import ModelCard, sha256_of, write_card
from training import checkpoint, methods
from training.authors.layouts import LAYOUTS, Layout
from training.checkpoint import TrainState
from training.config import to_dict
from training.export import export
from training.pretrained import UNUSED

RECIPE, STAGE = 'paper', 'imported'
PARALLEL = 'module.'
SHOWN = 3  # names of each kind in an error


def import_weights(method: str, source: Path, out: Path, licence: str = '') -> ModelCard:
    """Write what training.export.export writes, of weights that the authors have published.

    The networks are those of recipe 'paper'. Weights are rounded to fp16 as those of exports are,
    and compared with torch's networks.

    Args:
        method: one of layouts.LAYOUTS.
        source: the file, or the folder where a layout has several.
        out: folder of the graphs and the card.
        licence: of the weights, for the card; '' for what the layout says.

    Raises:
        ConfigError: a method without a layout; lists those that have one.
        ValueError: not such a file; names what is missing, unknown, misshaped or not finite.
        ExportError: the graphs differ from torch.
        OutputError: `out` has such files already.
    """
    if method not in LAYOUTS:
        raise unknown('layout of published weights', method, LAYOUTS)
    layout = LAYOUTS[method]
    config: Any = methods.create(method, RECIPE)
    model: nn.Module = methods.load(method).build(config)
    files = files_of(source, layout)
    weights = convert(model, read(files, layout), layout, str(source))
    model.load_state_dict(weights)
    state = TrainState(config=to_dict(config), stage=STAGE, step=0, before=0, model=weights,
                       optimizer={}, rng=torch.get_rng_state(), scores={}, history=[], seconds={})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'imported.pt'
        checkpoint.save(path, state)
        card = export(path, out, licence or layout.licence, layout.data, note=layout.differs)
    card = dataclasses.replace(card, training={
        **card.training, 'command': f'python -m training import {method} FILE',
        'source': layout.source, 'source_sha256': digest(files)})
    write_card(card)
    return card


def files_of(source: Path, layout: Layout) -> dict[str, Path]:
    """Return the files by the prefix of their tensors; ValueError names one that is missing."""
    if not layout.files:
        if not source.is_file():
            raise ValueError(f'{source}: no such file of weights')
        return {'': source}
    found = {f'{name}.': source / f'{name}.pth' for name in layout.files}
    for path in found.values():
        if not path.is_file():
            raise ValueError(f'{path}: no such file; expected a folder with '
                             f'{" and ".join(file.name for file in found.values())}')
    return found


def read(files: Mapping[str, Path], layout: Layout) -> dict[str, Tensor]:
    """Return the tensors by the names of the layout; ValueError names a file that has none."""
    tensors: dict[str, Tensor] = {}
    for prefix, path in files.items():
        try:
            found: Any = torch.load(path, map_location='cpu', weights_only=True)
        except Exception as error:  # unpickling a foreign file can raise nearly anything
            reason = str(error).strip().splitlines()[0]
            raise ValueError(f'{path}: not a file of weights ({reason})') from error
        if layout.inside and isinstance(found, Mapping) and layout.inside in found:
            found = found[layout.inside]
        if not isinstance(found, Mapping) or not found or not all(
                isinstance(value, Tensor) for value in found.values()):
            raise ValueError(f'{path}: not a file of weights: expected tensors by their names')
        tensors |= {prefix + name.removeprefix(PARALLEL): value for name, value in found.items()}
    return tensors


def convert(model: nn.Module, tensors: Mapping[str, Tensor], layout: Layout,
            source: str) -> dict[str, Tensor]:
    """Return the weights under our names.

    Raises:
        ValueError: tensors are missing, unknown, misshaped or not finite; names the first of each.
    """
    prefixes = layout.prefixes(model)
    here = model.state_dict()
    names = {key: their_name(key, prefixes) for key in here}
    known = set(names.values())
    wrong = {
        'is missing': [name for key, name in names.items()
                       if name not in tensors and not key.endswith(UNUSED)],
        'is unknown': [name for name in tensors if name not in known
                       and not name.startswith(layout.unused)],
        'is misshaped': [f'{name} {tuple(tensors[name].shape)} instead of {tuple(here[key].shape)}'
                         for key, name in names.items()
                         if name in tensors and tensors[name].shape != here[key].shape],
        'is not finite': [name for name in names.values()
                          if name in tensors and not tensors[name].isfinite().all()]}
    if any(wrong.values()):
        told = [f'{", ".join(found[:SHOWN])}{and_more(found)} {what}'
                for what, found in wrong.items() if found]
        raise ValueError(f'{source}: not the layout of {layout.source}: {"; ".join(told)}')
    return {key: tensors[name].to(here[key].dtype) if name in tensors else here[key]
            for key, name in names.items()}


def their_name(key: str, prefixes: Mapping[str, str]) -> str:
    """Return a tensor's name in the file."""
    ours = max((prefix for prefix in prefixes if key.startswith(f'{prefix}.')), key=len)
    return prefixes[ours] + key.removeprefix(ours)


def and_more(found: list[str]) -> str:
    """Return how many are not named."""
    return f' and {len(found) - SHOWN} more' if len(found) > SHOWN else ''


def digest(files: Mapping[str, Path]) -> str:
    """Return the sha256 of a file, of several that of theirs joined."""
    sums = [sha256_of(path) for path in files.values()]
    return sums[0] if len(sums) == 1 else hashlib.sha256(''.join(sums).encode()).hexdigest()
