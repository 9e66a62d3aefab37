# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a method, a recipe and key=value to the settings of a run."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from residual_features_ros.errors import ConfigError
from training import methods
from training.config import RunConfig, override
from training.pretrained import inherit

GOING_ON = ('finetune', 'tune')  # recipes that keep the networks and the loss of pretrained=


def configure(method: str, recipe: str, settings: Sequence[str], last: Path) -> RunConfig:
    """Return the settings of a run.

    Args:
        method: its name in the table of methods.
        recipe: '' for the method's first. One of GOING_ON keeps the networks and the loss of the
            run that it starts from, unless `settings` say otherwise.
        settings: key=value.
        last: the run's own checkpoint, which has these where it is a file.

    Raises:
        ConfigError: an unknown method, recipe or setting, or no pretrained= for one of GOING_ON.
        ValueError: pretrained= has no weights.
    """
    config: RunConfig = override(methods.create(method, recipe), settings)
    if recipe not in GOING_ON:
        return config
    if not config.pretrained:
        raise ConfigError(f'--recipe {recipe} goes on from a run: set pretrained= to a '
                          'checkpoint, a card or a method with shipped weights')
    source = str(last) if last.is_file() else config.pretrained
    kept: RunConfig = override(inherit(config, source), settings)
    return kept
