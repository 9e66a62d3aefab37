# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT for RTX on a GeForce or RTX GPU, all of which is on PyPI; else as tensorrt."""
from __future__ import annotations

from pathlib import Path

from residual_features_ros.backends import ANY_INPUTS, Expected, Session
from residual_features_ros.backends.nvidia import opening
from residual_features_ros.backends.nvidia.sdk import RTX

TAKES_INT8 = False  # auto is fp16
TAKES_DYNAMIC_INT8 = False
PRECISION_OF_WHOLE = 'auto'  # fp16 in convolutions, which are those of h, alone


def describe() -> str:
    """Return version and GPU, or raise BackendError with the remedy."""
    return RTX.describe()


def open_session(path: Path, threads: int, precision: str = 'auto',
                 alone: bool = False, expected: Expected = ANY_INPUTS) -> Session:
    """Load the engine of an ONNX file; see opening.open_session."""
    return opening.open_session(RTX, path, precision, expected)
