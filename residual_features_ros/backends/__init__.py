# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Runtimes that execute a network file: one small module each, one protocol."""
from __future__ import annotations

import importlib
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from residual_features_ros.errors import BackendError, unknown

log = logging.getLogger(__name__)
BACKENDS = {
    'onnxruntime': 'residual_features_ros.backends.onnxruntime',
    'onnxruntime_cuda': 'residual_features_ros.backends.onnxruntime_cuda',
    'openvino': 'residual_features_ros.backends.openvino',
    'tensorrt': 'residual_features_ros.backends.tensorrt',
}


def import_or_explain(module: str, name: str, packages: str) -> Any:
    """Import a runtime's module; BackendError names what pip installs."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise BackendError(f'{name} does not import ({error}): pip install {packages}') from error


class Session(Protocol):
    """A loaded network: what runs it, and the names of its inputs; several threads may run it."""

    description: str
    inputs: tuple[str, ...]

    def run(self, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """Return the outputs for named inputs."""


class Backend(Protocol):
    """What each backend module offers."""

    TAKES_INT8: bool  # whether precision auto is int8 where the weights have it
    TAKES_DYNAMIC_INT8: bool  # whether it runs f in int8, whose ranges are those of each run

    def describe(self) -> str:
        """Return version and device, or raise BackendError with the remedy."""

    def open_session(self, path: Path, threads: int, precision: str = 'auto',
                     alone: bool = False) -> Session:
        """Load a network file.

        Args:
            path: an ONNX file.
            threads: 0 leaves the choice to the runtime.
            precision: ExtractorConfig's; 'int8' is a property of the file, not asked for here.
            alone: whether nothing else needs the cores while it runs.

        Raises:
            BackendError: the file is no network, or the precision cannot be had here.
        """


def load_backend(name: str) -> Backend:
    """Return the backend module `name`; raise BackendError where it cannot run."""
    if name not in BACKENDS:
        raise unknown('backend', name, BACKENDS)
    backend: Backend = importlib.import_module(BACKENDS[name])  # type: ignore[assignment]
    backend.describe()
    return backend


def first_that_works(names: Sequence[str]) -> tuple[str, Backend]:
    """Return the first backend of `names` that runs here; what was passed over is logged.

    Raises:
        BackendError: none runs; the message has the reason of each.
    """
    reasons = []
    for name in names:
        try:
            backend = load_backend(name)
        except BackendError as error:
            reasons.append(f'{name}: {error}')
            continue
        if reasons:
            log.warning('backend %s runs instead of %s', name, '; '.join(reasons))
        return name, backend
    raise BackendError('; '.join(reasons))
