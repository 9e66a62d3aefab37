# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The settings of a run -> the command that trains it once more."""
from __future__ import annotations

import shlex
from typing import Any

from training import methods
from training.config import RunConfig
from training.recipes import GOING_ON
from training.resuming import FREE, differences, flat

IMAGES = 'data.images'


def command_of(config: RunConfig, shown: dict[str, Any]) -> str:
    """Return the command of a run: its recipe, and all settings that are not the recipe's.

    The recipe with the fewest others is named, and none that goes on from a run, since it would
    take over what is not said. What leaves alone what is learned is left out.

    Args:
        config: the settings.
        shown: the same as training.config.to_dict gives them, with words in the place of paths.
    """
    words = dict(flat(shown))
    recipes = [name for name in methods.recipes_of(config.method) if name not in GOING_ON]
    others = {name: [key for key in differences(methods.create(config.method, name), config)
                     if key not in (*FREE, IMAGES)] for name in recipes}
    recipe = min(others, key=lambda name: len(others[name]))
    named = f' --recipe {recipe}' if recipe != recipes[0] else ''
    return (f'python -m training train {config.method}{named} {IMAGES}=DIR'
            + ''.join(f' {shlex.quote(f"{key}={words[key]}")}' for key in others[recipe]))
