# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""OpenVINO on the CPU; where the processor has bf16, h runs several times faster in it."""
from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.backends import ANY_INPUTS, Expected, import_or_explain
from residual_features_ros.errors import BackendError

TAKES_INT8 = True
TAKES_DYNAMIC_INT8 = False  # f runs in bf16 here
PRECISION_OF_WHOLE = 'fp32'  # in bf16 keypoints would move
PRECISIONS = {'bf16': 'bf16', 'fp32': 'f32'}  # OpenVINO's words


def _import() -> Any:
    return import_or_explain('openvino', 'OpenVINO', 'openvino')


def _fastest() -> str:
    capabilities = _import().Core().get_property('CPU', 'OPTIMIZATION_CAPABILITIES')
    return 'bf16' if 'BF16' in capabilities else 'fp32'


def describe(precision: str = '') -> str:
    """Return version, device and precision, or raise BackendError with the remedy."""
    version = _import().__version__.split('-')[0]
    return f'openvino {version}, CPU, {precision or _fastest()}'


def open_session(path: Path, threads: int, precision: str = 'auto',
                 alone: bool = False, expected: Expected = ANY_INPUTS) -> OpenVinoSession:
    """Load an ONNX file; what is not int8 runs in bf16 where the processor has it, else fp32."""
    fastest = _fastest()
    if precision == 'fp16' or (precision == 'bf16' and fastest != 'bf16'):
        raise BackendError(f'OpenVINO has no {precision} on this processor: take precision auto, '
                           'int8 or fp32')
    return OpenVinoSession(path, threads, precision if precision in PRECISIONS else fastest)


class OpenVinoSession:
    """An ONNX file compiled by OpenVINO; each thread that runs it has a request of its own."""

    def __init__(self, path: Path, threads: int, precision: str) -> None:
        """Compile `path`; BackendError where the file is no network that it can run."""
        options: dict[str, Any] = {'PERFORMANCE_HINT': 'LATENCY',
                                   'INFERENCE_PRECISION_HINT': PRECISIONS[precision]}
        if threads:
            options['INFERENCE_NUM_THREADS'] = threads
        try:
            self._model = _import().Core().compile_model(str(path), 'CPU', options)
        except RuntimeError as error:
            raise BackendError(f'OpenVINO cannot load {path}: {error}') from error
        self._of_thread = threading.local()
        self.description = describe(precision)
        self.inputs = tuple(item.get_node().get_friendly_name() for item in self._model.inputs)
        self.outputs = tuple(map(_name, self._model.outputs))

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the outputs by name; BackendError where OpenVINO fails."""
        if not hasattr(self._of_thread, 'request'):
            self._of_thread.request = self._model.create_infer_request()
        try:
            results = self._of_thread.request.infer(dict(inputs))
        except RuntimeError as error:
            raise BackendError(f'OpenVINO: {error}') from error
        return {name: np.array(results[output])
                for name, output in zip(self.outputs, self._model.outputs, strict=True)}


def _name(output: Any) -> str:
    """Return the name that an output has in the file: it has others too where nodes fell away."""
    own: str = output.get_node().get_friendly_name().rpartition('/sink_port_')[0]
    return own if own in output.get_names() else str(output.get_any_name())
