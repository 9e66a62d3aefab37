# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Start a run from the weights of another one: whole, one network of the two, or what fits."""
from __future__ import annotations

from pathlib import Path

from torch import nn

from training import checkpoint

PARTS = ('h', 'f')


def load_initial(model: nn.Module, init: str) -> str:
    """Load weights into `model` and return a sentence that says what was loaded and what not.

    Args:
        model: h and f of the run that begins.
        init: a checkpoint; with ':h' or ':f' behind it that network alone is taken, with
            ':fitting' every tensor of the same name and shape, as from another g.

    Raises:
        ValueError: not a checkpoint, or of networks of other shapes; names them.
    """
    name, _, part = init.rpartition(':')
    if part == 'fitting':
        return load_fitting(model, Path(name))
    path, parts = (name, (part,)) if part in PARTS else (init, PARTS)
    state = checkpoint.load(Path(path))
    wrong = {part: differences(model, state['model'], part) for part in parts}
    if any(wrong.values()):
        fitting = [part for part in PARTS if not differences(model, state['model'], part)
                   and any(key.startswith(f'{part}.') for key in state['model'])]
        remedy = ''.join(f'; init={path}:{part} loads {part} alone' for part in fitting)
        words = ', '.join(word for part in parts for word in wrong[part][:3])
        raise ValueError(f'{path}: its networks are not those of this run: {words}{remedy}')
    chosen = {key: value for key, value in state['model'].items() if key.split('.')[0] in parts}
    model.load_state_dict(chosen, strict=False)  # differences() has been strict
    left = [part for part in PARTS if part not in parts]
    return (f'{" and ".join(parts)} start as in {path} ({state["config"].method}, step '
            f'{state["step"]})' + ''.join(f'; {part} starts anew' for part in left))


def load_fitting(model: nn.Module, path: Path) -> str:
    """Load what has the same name and shape and say what has not; ValueError where nothing has."""
    state = checkpoint.load(path)
    here = model.state_dict()
    fitting = {key: value for key, value in state['model'].items()
               if key in here and here[key].shape == value.shape}
    if not fitting:
        raise ValueError(f'{path}: none of its tensors fits the networks of this run')
    model.load_state_dict(fitting, strict=False)
    anew = [key for key in here if key not in fitting]
    return (f'{len(fitting)} of {len(here)} tensors start as in {path} '
            f'({state["config"].method}, step {state["step"]})'
            + (f'; anew: {", ".join(anew)}' if anew else ''))


def differences(model: nn.Module, weights: dict, part: str) -> list[str]:
    """Return in words how tensors of network `part` differ from those in `weights`."""
    here, there = ({key: tuple(value.shape) for key, value in tensors.items()
                    if key.startswith(f'{part}.')} for tensors in (model.state_dict(), weights))
    return ([f'{key} is missing' for key in here if key not in there]
            + [f'{key} is not of this run' for key in there if key not in here]
            + [f'{key} is {there[key]} instead of {here[key]}' for key in here
               if key in there and here[key] != there[key]])
