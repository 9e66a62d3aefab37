# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Runtimes that execute a network file: one small module each, one protocol."""
from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from residual_features_ros.errors import BackendError, unknown

BACKENDS = {
    'onnxruntime': 'residual_features_ros.backends.onnxruntime',
    'onnxruntime_cuda': 'residual_features_ros.backends.onnxruntime_cuda',
    'opencv': 'residual_features_ros.backends.opencv',
    'openvino': 'residual_features_ros.backends.openvino',
    'tensorrt': 'residual_features_ros.backends.tensorrt',
    'tensorrt_rtx': 'residual_features_ros.backends.tensorrt_rtx',
}


def import_or_explain(module: str, name: str, packages: str) -> Any:
    """Import a runtime's module; BackendError names what pip installs."""
    try:
        return importlib.import_module(module)
    except Exception as error:  # a package that is half installed raises what it likes
        raise BackendError(f'{name} does not import ({error}): pip install {packages}') from error


@dataclass(frozen=True)
class Expected:
    """The inputs that a network will see, for runtimes that prepare for shapes; others ignore it.

    sizes: (H, W) of images that come again and again, as the network sees them.
    batches: how many images of such a size come at once.
    least, largest: (H, W) of other images, of which two at most come at once.
    rows: the usual and the largest number of rows of an input that is no image.
    rows_of: the same of single inputs.
    together: whether the rows of one run belong together, so that they cannot come in parts.
    """

    sizes: tuple[tuple[int, int], ...] = ()
    batches: tuple[int, ...] = (1, 2, 4, 8)  # a camera, a stereo pair, four and eight cameras
    least: tuple[int, int] = (8, 8)
    largest: tuple[int, int] = (2048, 2048)
    rows: tuple[int, int] = (1000, 4096)
    rows_of: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    together: bool = False


ANY_INPUTS = Expected()


class Session(Protocol):
    """A loaded network; several threads may run it."""

    @property
    def description(self) -> str:
        """What runs it."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of its outputs, in an order of the runtime's own."""

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the outputs by name for named inputs; BackendError where the runtime fails."""


class Backend(Protocol):
    """What each backend module offers."""

    TAKES_INT8: bool  # whether precision auto is int8 where the weights have it
    TAKES_DYNAMIC_INT8: bool  # whether it runs f in int8, whose ranges are those of each run
    PRECISION_OF_WHOLE: str  # what precision auto is for networks that find keypoints

    def describe(self) -> str:
        """Return version and device, or raise BackendError with the remedy."""

    def open_session(self, path: Path, threads: int, precision: str = 'auto',
                     alone: bool = False, expected: Expected = ANY_INPUTS) -> Session:
        """Load a network file.

        Args:
            path: an ONNX file.
            threads: 0 leaves the choice to the runtime.
            precision: ExtractorConfig's; 'int8' is a property of the file, not asked for here.
            alone: whether nothing else needs the cores while it runs.
            expected: the inputs that it will see.

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
