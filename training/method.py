# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a method is to the trainer: the module training/methods/<method>/method.py.

README.md, "Adding a method", has an example.
"""
from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

from torch import nn

from training.config import RunConfig
from training.networks import Networks
from training.stage import Stage


class Method(Protocol):
    """The functions of a method's module.

    RECIPES: names of recipes, the default first; training.methods.recipes_of has exceptions.
    """

    RECIPES: Collection[str]

    def create(self, method: str, recipe: str) -> RunConfig:
        """Return the settings of a recipe.

        Values only, a frozen dataclass of the method.
        It is a RunConfig with further fields, which are values or dataclasses: `model` decides
        what build() makes; an OptimConfig for each stage, whose steps are its length. All fields
        have defaults. ConfigError for an unknown recipe.
        """

    def build(self, config: Any) -> nn.Module:
        """Return the networks with random weights; torch is seeded.

        The module's parts h and f are what networks() returns, so that a run starts from an
        export by pretrained=.
        """

    def stages(self, config: Any) -> tuple[Stage, ...]:
        """Return the stages; ConfigError for settings that contradict each other.

        Nothing is read or computed here: the same names for all settings of a run.
        """

    def networks(self, model: Any, config: Any) -> Networks:
        """Return what export writes and how the runtime is to use it."""
