# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Start a run from the weights of another one: whole, one network of the two, or what fits."""
from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from residual_features_ros.model_card import load_named_card
from residual_features_ros.registry import METHODS
from training import methods
from training.config import from_dict, to_dict
from training.runs import open_run

PARTS = ('h', 'f', 'p', 'b')
INHERITED = ('model', 'places', 'loss')
UNUSED = '.num_batches_tracked'  # BatchNorm counts, ONNX does not


def load_pretrained(model: nn.Module, pretrained: str) -> str:
    """Load weights into `model` and return a sentence that says what was loaded and what not.

    Args:
        model: h and f of the run that begins.
        pretrained: a checkpoint, the card (METHOD.json) of an export, or the name of a method with
            shipped weights; with ':h' or ':f' behind it that network alone is taken, with
            ':fitting' every tensor of the same name and shape, as from another g.

    Raises:
        ValueError: no weights, or of networks of other shapes; names them.
        ModelCardError: an export that is damaged.
    """
    name, _, part = pretrained.rpartition(':')
    if part == 'fitting':
        return load_fitting(model, name)
    source = name if part in PARTS else pretrained
    weights, _, words = read_weights(source)
    parts = (part,) if part in PARTS else shared(model, weights)
    wrong = {part: differences(model, weights, part) for part in parts}
    if any(wrong.values()):
        fitting = [part for part in PARTS if not differences(model, weights, part)
                   and any(key.startswith(f'{part}.') for key in weights)]
        remedy = ''.join(f'; pretrained={source}:{part} loads {part} alone' for part in fitting)
        named = ', '.join(word for part in parts for word in wrong[part][:3])
        raise ValueError(f'{source}: its networks are not those of this run: {named}{remedy}')
    chosen = {key: value for key, value in weights.items() if key.split('.')[0] in parts}
    model.load_state_dict(chosen, strict=False)  # differences() has been strict
    left = [part for part in PARTS if part not in parts
            and any(key.startswith(f'{part}.') for key in model.state_dict())]
    return (f'{" and ".join(parts)} start as in {source} ({words})'
            + ''.join(f'; {part} starts anew' for part in left))


def shared(model: nn.Module, weights: dict[str, Tensor]) -> tuple[str, ...]:
    """Return the networks to load: h, f, and p and b where the model and the weights have them."""
    return PARTS[:2] + tuple(part for part in PARTS[2:] if all(
        any(key.startswith(f'{part}.') for key in keys) for keys in (model.state_dict(), weights)))


def load_fitting(model: nn.Module, source: str) -> str:
    """Load what has the same name and shape and say what has not; ValueError where nothing has."""
    weights, _, words = read_weights(source)
    here = model.state_dict()
    fitting = {key: value for key, value in weights.items()
               if key in here and here[key].shape == value.shape}
    if not fitting:
        raise ValueError(f'{source}: none of its tensors fits the networks of this run')
    model.load_state_dict(fitting, strict=False)
    anew = [key for key in here if key not in fitting]
    return (f'{len(fitting)} of {len(here)} tensors start as in {source} ({words})'
            + (f'; anew: {", ".join(anew)}' if anew else ''))


def load_teacher(source: str) -> Any:
    """Return the model of a checkpoint, a card or a shipped method, frozen, to learn h from."""
    weights, config, _ = read_weights(source)
    teacher = methods.load(config.method).build(config)
    if teacher.h is None:
        raise ValueError(f'{source}: has no network h to learn from')
    teacher.load_state_dict(weights)
    return teacher.eval().requires_grad_(False)


def read_weights(source: str) -> tuple[dict[str, Tensor], Any, str]:
    """Return the weights of a checkpoint, a card or a shipped method, of what, and in words.

    Of a card's run only the settings of the networks are taken: others may have been renamed.
    """
    if is_card(source):
        card = load_named_card(source)
    else:
        run = open_run(Path(source))
        words = f'{run.config.method}, step {run.state.step}'
        return run.state.model, run.config, words
    weights = {}
    for part in card.files.keys() & PARTS:
        graph = onnx.load(str(card.path(part))).graph
        tensors = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
        # The exporter keeps one of equal tensors, and the others are its Identity.
        tensors.update({node.output[0]: tensors[node.input[0]] for node in graph.node
                        if node.op_type == 'Identity' and node.input[0] in tensors})
        for name, values in tensors.items():
            name = name.removeprefix('fusion.')  # export.SingleFusion
            weights[f'{part}.{name}'] = torch.from_numpy(values.astype('float32'))
    config: Any = methods.create(card.method)
    saved = card.training['config']
    shapes = {name: from_dict(type(getattr(config, name)), saved.get(name, {}))
              for name in ('model', 'places') if hasattr(config, name)}
    words = f'{card.method}, step {card.training["steps"]}, fp16'
    return weights, dataclasses.replace(config, **shapes), words


def inherit(config: Any, source: str) -> Any:
    """Return settings with the networks and the loss of the run that `source` is of.

    A part of its networks ('FILE:h') or what fits of them leaves the settings as they are.

    Args:
        config: of the run that begins.
        source: as for load_pretrained.

    Raises:
        ValueError: no weights, or a setting of theirs that there is no longer.
    """
    if source.rpartition(':')[2] in (*PARTS, 'fitting'):
        return config
    saved = settings_of(source)
    if 'places' in saved and hasattr(config, 'places'):
        saved['places'] = {**saved['places'], 'optim': to_dict(config.places.optim)}
    kept = {name: from_dict(type(getattr(config, name)), saved[name])
            for name in INHERITED if name in saved and hasattr(config, name)}
    return dataclasses.replace(config, **kept)


def settings_of(source: str) -> dict[str, Any]:
    """Return the settings of a checkpoint's, a card's or a shipped method's run by name."""
    if is_card(source):
        return dict(load_named_card(source).training['config'])
    return to_dict(open_run(Path(source)).config)


def is_card(source: str) -> bool:
    """Tell whether weights are those of a card or of a shipped method, else of a checkpoint."""
    return source in METHODS or source.endswith('.json')


def differences(model: nn.Module, weights: dict[str, Tensor], part: str) -> list[str]:
    """Return in words how tensors of network `part` differ from those in `weights`."""
    here, there = ({key: tuple(value.shape) for key, value in tensors.items()
                    if key.startswith(f'{part}.') and not key.endswith(UNUSED)}
                   for tensors in (model.state_dict(), weights))
    return ([f'{key} is missing' for key in here if key not in there]
            + [f'{key} is not of this run' for key in there if key not in here]
            + [f'{key} is {there[key]} instead of {here[key]}' for key in here
               if key in there and here[key] != there[key]])
