# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime on the CPU."""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.backends import ANY_INPUTS, Expected, import_or_explain
from residual_features_ros.errors import BackendError

TAKES_INT8 = True
TAKES_DYNAMIC_INT8 = True
PRECISION_OF_WHOLE = 'fp32'


def _import() -> Any:
    return import_or_explain('onnxruntime', 'ONNX Runtime', 'onnxruntime')


def describe() -> str:
    """Return version and device, or raise BackendError with the remedy."""
    return f'onnxruntime {_import().__version__}, CPU'


def open_session(path: Path, threads: int, precision: str = 'auto',
                 alone: bool = False, expected: Expected = ANY_INPUTS) -> OnnxRuntimeSession:
    """Load an ONNX file; what is not int8 runs in fp32 here."""
    if precision in ('bf16', 'fp16'):
        raise BackendError(f'ONNX Runtime has no {precision} on CPUs: take another backend, or '
                           'precision auto, int8 or fp32')
    return OnnxRuntimeSession(path, threads, alone, 'CPUExecutionProvider', describe())


class OnnxRuntimeSession:
    """An ONNX file opened by ONNX Runtime."""

    def __init__(self, path: Path, threads: int, alone: bool, provider: str,
                 description: str) -> None:
        """Load `path`; BackendError where the file is no network that the provider can run."""
        runtime = _import()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        # Spinning threads start sooner, but take the cores from what runs beside them or next.
        options.add_session_config_entry('session.intra_op.allow_spinning', str(int(alone)))
        options.add_session_config_entry('session.force_spinning_stop', '1')
        try:
            self._session = runtime.InferenceSession(
                str(path), options, providers=[provider])
        except Exception as error:  # its exceptions share no base class but Exception
            raise BackendError(f'ONNX Runtime cannot load {path}: {error}') from error
        if provider not in self._session.get_providers():  # it goes on with the CPU in silence
            raise BackendError(f'ONNX Runtime runs {path} without {provider}, see its messages '
                               'above: libraries of CUDA or cuDNN are missing, or take the '
                               'backend onnxruntime')
        self.description = description
        self.inputs = tuple(item.name for item in self._session.get_inputs())
        self.outputs = tuple(item.name for item in self._session.get_outputs())

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the outputs by name; BackendError where ONNX Runtime fails."""
        try:
            found = self._session.run(self.outputs, dict(inputs))
        except Exception as error:  # its exceptions share no base class but Exception
            raise BackendError(f'ONNX Runtime: {error}') from error
        return dict(zip(self.outputs, found, strict=True))
