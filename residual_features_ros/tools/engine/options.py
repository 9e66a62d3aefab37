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

HELP = 'build engines of TensorRT, or TensorRT for RTX, for this GPU'
DESCRIPTION = ('Build the engines of a method, compare them with ONNX Runtime and keep them: a '
               'node that finds them starts at once.')
BACKENDS = ('tensorrt',), ('tensorrt_rtx',)  # the first where none is named
DEFAULT_ENGINE = MethodOptions(backend=BACKENDS[0])


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
    backend = BACKENDS[0] if asked.backend == MethodOptions.backend else asked.backend
    if backend not in BACKENDS:
        raise CommandError(f'--backend {",".join(backend)}: tensorrt and tensorrt_rtx have '
                           'engines, one at a time')
    options = EngineOptions(arguments.method, dataclasses.replace(asked, backend=backend))
    options.method_options.configs(options.method)
    if not METHODS[options.method].network:
        raise CommandError(f'{options.method} has no network to build')
    return options
