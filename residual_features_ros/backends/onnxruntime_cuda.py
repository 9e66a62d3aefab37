# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime on an NVIDIA GPU, where TensorRT is not wanted; in fp32 (TF32 on newer GPUs).

Outputs are read on the CPU (keypoints are sampled there), so binding them to GPU memory would
save no copy.
"""
from __future__ import annotations

from pathlib import Path

from residual_features_ros.backends import ANY_INPUTS, Expected, import_or_explain
from residual_features_ros.backends.onnxruntime import OnnxRuntimeSession
from residual_features_ros.errors import BackendError

TAKES_INT8 = False  # the int8 networks of this package are quantised for CPUs
TAKES_DYNAMIC_INT8 = False
PRECISION_OF_WHOLE = 'fp32'
PROVIDER = 'CUDAExecutionProvider'


def describe() -> str:
    """Return version and device, or raise BackendError with the remedy."""
    runtime = import_or_explain('onnxruntime', 'ONNX Runtime', 'onnxruntime-gpu')
    if PROVIDER not in runtime.get_available_providers():
        raise BackendError('this ONNX Runtime is built for CPUs: pip uninstall onnxruntime, then '
                           'pip install onnxruntime-gpu, or take the backend onnxruntime')
    return f'onnxruntime {runtime.__version__}, CUDA'


def open_session(path: Path, threads: int, precision: str = 'auto',
                 alone: bool = False, expected: Expected = ANY_INPUTS) -> OnnxRuntimeSession:
    """Load an ONNX file."""
    if precision not in ('auto', 'fp32'):
        raise BackendError(f'the backend onnxruntime_cuda has no precision {precision}: take '
                           'auto or fp32, or the backend tensorrt')
    return OnnxRuntimeSession(path, threads, alone, PROVIDER, describe())
