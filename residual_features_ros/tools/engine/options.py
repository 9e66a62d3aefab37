# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The options of engine."""
from __future__ import annotations

import argparse
import dataclasses
from dataclasses import dataclass

from residual_features_ros.errors import CommandError
from residual_features_ros.registry import METHODS
from residual_features_ros.tools import method_options
from residual_features_ros.tools.method_options import DEFAULT_METHOD, MethodOptions

HELP = 'build TensorRT engines for this GPU'
DESCRIPTION = ('Build the engines of a method, compare them with ONNX Runtime and keep them: a '
               'node that finds them starts at once.')
BACKEND = ('tensorrt',)
DEFAULT_ENGINE = MethodOptions(backend=BACKEND)


@dataclass(frozen=True)
class EngineOptions:
    """Which method's engines are built, and with which settings."""

    method: str = DEFAULT_METHOD
    method_options: MethodOptions = DEFAULT_ENGINE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    method_options.add_method(parser)
    method_options.add_arguments(parser)


def from_arguments(arguments: argparse.Namespace) -> EngineOptions:
    """Return the options; CommandError for a method or backend without engines, ConfigError."""
    asked = method_options.from_arguments(arguments)
    if asked.backend not in (MethodOptions.backend, BACKEND):
        raise CommandError(f'--backend {",".join(asked.backend)}: tensorrt alone has engines')
    options = EngineOptions(arguments.method, dataclasses.replace(asked, backend=BACKEND))
    options.method_options.configs(options.method)
    if not METHODS[options.method].network:
        raise CommandError(f'{options.method} has no network to build')
    return options
