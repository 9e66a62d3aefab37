# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the TensorRT backend needs of CUDA: the GPU's name, memory, and work recorded once."""
from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable
from typing import Any

import numpy as np

from residual_features_ros.errors import BackendError

log = logging.getLogger(__name__)


def gpu(cuda: Any) -> str:
    """Return name and compute capability of the first GPU."""
    try:
        properties = checked(cuda.cudaGetDeviceProperties(0))
    except BackendError as error:
        raise BackendError(f'no NVIDIA GPU for TensorRT ({error}): take the backend openvino or '
                           'onnxruntime') from error
    name = properties.name
    name = name.decode() if isinstance(name, bytes) else str(name)
    return f'{name}, compute capability {properties.major}.{properties.minor}'


def checked(result: tuple[Any, ...]) -> Any:
    """Return what a CUDA call gives besides its status; BackendError where that is no success."""
    status, *values = result
    if int(status):
        name = getattr(status, 'name', str(status))
        hint = ': lower max_size or max_keypoints' if 'MemoryAllocation' in name else ''
        raise BackendError(f'CUDA: {name}{hint}')
    return values[0] if values else None


class Buffer:
    """Memory on the GPU and pinned memory beside it, which grow and never shrink."""

    def __init__(self, cuda: Any) -> None:
        """Hold none yet."""
        self._cuda, self.size, self.device, self.host = cuda, 0, 0, 0

    def fit(self, size: int) -> None:
        """Have at least so many bytes."""
        if size <= self.size:
            return
        if self.size:
            checked(self._cuda.cudaFree(self.device))
            checked(self._cuda.cudaFreeHost(self.host))
            self.size = 0
        self.device = int(checked(self._cuda.cudaMalloc(size)))
        self.host = int(checked(self._cuda.cudaMallocHost(size)))
        self.size = size

    def view(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return the pinned memory as a float32 array."""
        memory = (ctypes.c_float * int(np.prod(shape))).from_address(self.host)
        return np.ctypeslib.as_array(memory).reshape(shape)


class Graph:
    """The work of a stream, recorded as a CUDA graph so that one call starts all of it.

    The first run is a plain one, since TensorRT may allocate in it; the second is recorded. Where
    a driver records nothing, that is said and the work goes on as before.
    """

    def __init__(self, cuda: Any, stream: Any) -> None:
        """Begin without a recording; the stream is none of CUDA's default ones."""
        self._cuda, self._stream = cuda, int(stream)
        self._recorded: Any = None
        self._addresses: tuple[int, ...] = ()
        self._possible = True

    def run(self, submit: Callable[[], None], addresses: tuple[int, ...]) -> None:
        """Do what `submit` puts into the stream; other addresses need another recording."""
        if addresses != self._addresses:
            self._forget()
            self._addresses = addresses
            submit()
            return
        if self._recorded is None and self._possible:
            self._record(submit)
        if self._recorded is None:
            submit()
        else:
            checked(self._cuda.cudaGraphLaunch(self._recorded, self._stream))

    def _record(self, submit: Callable[[], None]) -> None:
        cuda = self._cuda
        mode = cuda.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        try:
            checked(cuda.cudaStreamBeginCapture(self._stream, mode))
            try:
                submit()
            finally:
                graph = checked(cuda.cudaStreamEndCapture(self._stream))
            self._recorded = checked(cuda.cudaGraphInstantiate(graph, 0))
            checked(cuda.cudaGraphDestroy(graph))
        except BackendError as error:
            self._possible = False
            log.warning('no CUDA graph (%s): the network runs without', error)

    def _forget(self) -> None:
        if self._recorded is not None:
            checked(self._cuda.cudaGraphExecDestroy(self._recorded))
            self._recorded = None
