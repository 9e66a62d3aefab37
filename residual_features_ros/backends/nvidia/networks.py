# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What an engine is made of, and all that it depends on."""
from __future__ import annotations

import hashlib
from pathlib import Path

from residual_features_ros.backends import Expected
from residual_features_ros.backends.nvidia.sdk import Sdk
from residual_features_ros.backends.nvidia.typed import typed
from residual_features_ros.backends.symmetric_int8 import symmetric
from residual_features_ros.model_card import sha256_of

FORMAT = '3'  # of what is built
FRONT_END = {'keypoints', 'descriptors', 'count'}  # outputs of a network that finds keypoints


def network_in(path: Path, precision: str) -> bytes:
    """Return the ONNX file of a network in a precision that it may have."""
    return symmetric(path) if precision == 'int8' else typed(path, precision)


def facts_of(sdk: Sdk, path: Path, precision: str, expected: Expected,
             gpu: str) -> dict[str, str]:
    """Return all that an engine depends on; gpu is '' where it is built for every one."""
    version = f'{sdk.backend} {sdk.load().__version__}'
    return {'network': sha256_of(path), 'gpu': gpu, 'sdk': version, 'precision': precision,
            'format': FORMAT, 'shapes': hashlib.sha256(repr(expected).encode()).hexdigest()}
