# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The table of methods that can be trained: registry name -> module, a training.method.Method.

One folder per method: model, loss, recipe, and method.py, which is what the table names.
"""
from __future__ import annotations

import importlib
import textwrap
from typing import TYPE_CHECKING, Any

from residual_features_ros import registry
from residual_features_ros.errors import unknown
from training.config import RunConfig, from_dict

if TYPE_CHECKING:
    from training.method import Method

WIDTH = 90  # of the lines of known()
METHODS: dict[str, str] = {
    **{name: 'training.methods.residual.method' for name, entry in registry.METHODS.items()
       if entry.network and entry.detector},
    'superpoint': 'training.methods.superpoint.method',
    'goodpoint': 'training.methods.goodpoint.method',
    'lfnet': 'training.methods.lfnet.method',
    'posfeat': 'training.methods.posfeat.method',
    'attention': 'training.methods.attention.method',
}
# Of each module, the default first: also here, since --help does not wait for torch.
RECIPES: dict[str, tuple[str, ...]] = {
    'training.methods.residual.method': ('ours', 'paper', 'finetune', 'convergence'),
    'training.methods.superpoint.method': ('paper', 'sparse', 'small', 'short'),
    'training.methods.goodpoint.method': ('paper', 'small', 'short', 'tune'),
    'training.methods.lfnet.method': ('augmented', 'upright', 'short', 'small'),
    'training.methods.posfeat.method': ('paper', 'code', 'small', 'short', 'joint',
                                        'coarse', 'disk'),
    'training.methods.attention.method': ('ours',),
}


def register(name: str, module: str, entry: registry.Method) -> None:
    """Add a method from outside this package to this table and to the runtime's.

    Args:
        name: its one word.
        module: what to import for it, a training.method.Method.
        entry: its row of the runtime's table.

    Raises:
        ValueError: the name is another's.
    """
    registry.register(name, entry)
    if METHODS.setdefault(name, module) != module:
        raise ValueError(f'a method {name} exists already: {METHODS[name]}')


def load(name: str) -> Method:
    """Import the module of a method; ConfigError lists the known ones."""
    if name not in METHODS:
        raise unknown('method', name, METHODS)
    module: Any = importlib.import_module(METHODS[name])
    return module


def recipes_of(name: str) -> tuple[str, ...]:
    """Return the recipes of a method, its default first."""
    recipes = RECIPES.get(METHODS[name]) or tuple(load(name).RECIPES)
    entry = registry.METHODS.get(name)
    if entry is None or entry.network not in registry.PAPERS_OWN:
        return recipes
    return ('paper', *(recipe for recipe in recipes if recipe not in ('paper', 'ours')))


def known() -> str:
    """Return the methods and their recipes as lines of text, without importing their modules."""
    lines = []
    here = [name for name in METHODS if METHODS[name] in RECIPES]
    for recipes in dict.fromkeys(map(recipes_of, here)):
        names = [name for name in here if recipes_of(name) == recipes]
        text = f'{" ".join(names)}: {", ".join(recipes)}'
        lines += textwrap.wrap(text, WIDTH, initial_indent='  ', subsequent_indent='    ')
    return '\n'.join(lines)


def create(name: str, recipe: str = '') -> RunConfig:
    """Return the settings of a method's recipe, its default one where none is named."""
    method = load(name)
    return method.create(name, recipe or recipes_of(name)[0])


def config_from(values: dict[str, Any]) -> RunConfig:
    """Rebuild the settings of a run from to_dict's form; ConfigError names what is wrong."""
    return from_dict(type(create(values['method'])), values)
