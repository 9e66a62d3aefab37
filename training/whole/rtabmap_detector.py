# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A script for RTAB-Map's PyDetector, which runs the network that lies beside it.

`export --whole METHOD --grey --for rtabmap` copies this file under the name of the network. It
needs numpy and onnxruntime alone.
"""
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnxruntime

NETWORK = Path(__file__).with_suffix('.onnx')
CPU, CUDA = 'CPUExecutionProvider', 'CUDAExecutionProvider'

_session: onnxruntime.InferenceSession | None = None


def init(cuda: int) -> None:
    """Open the network.

    Args:
        cuda: PyDetector/Cuda; without a GPU that ONNX Runtime can use this is said, and the
            network runs on the CPU.
    """
    global _session
    providers = [CUDA, CPU] if cuda and CUDA in onnxruntime.get_available_providers() else [CPU]
    _session = onnxruntime.InferenceSession(str(NETWORK), providers=providers)
    if cuda and CUDA not in _session.get_providers():
        print(f'{NETWORK.name}: ONNX Runtime has no CUDA here, the network runs on the CPU; '
              'PyDetector/Cuda false says so from the start', file=sys.stderr)


def detect(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return keypoints (N, 3), x, y and response, and unit rows (N, D), float32.

    Args:
        image: (H, W) uint8.

    Raises:
        RuntimeError: init was not called.
        ValueError: the image is of another size than the network's.
    """
    if _session is None:
        raise RuntimeError('init(cuda) comes first')
    height, width = _session.get_inputs()[0].shape[2:]
    if image.shape != (height, width):
        raise ValueError(f'{NETWORK.name} takes images of {width}x{height}, got '
                         f'{"x".join(str(side) for side in reversed(image.shape))}; export one '
                         'of that --size')
    levels = image[None, None].astype(np.float32) / 255
    keypoints, scores, rows = _session.run(['keypoints', 'scores', 'descriptors'],
                                           {'image': levels})
    return np.concatenate([keypoints[0], scores[0][:, None]], axis=1), rows[0]
