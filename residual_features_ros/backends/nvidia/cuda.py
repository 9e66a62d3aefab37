# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What engines need of CUDA: the GPU's name, memory, and work recorded once."""
from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from residual_features_ros.errors import BackendError

log = logging.getLogger(__name__)
OTHERS = 'take the backend openvino or onnxruntime'
# The first driver of each CUDA ("CUDA Compatibility", minor version compatibility).
DRIVERS = {11: 450, 12: 525, 13: 580}


class OutOfMemoryError(BackendError):
    """The GPU has too little memory."""


@dataclass(frozen=True)
class Gpu:
    """The first GPU."""

    name: str
    major: int
    minor: int

    def __str__(self) -> str:
        """Return name and compute capability."""
        return f'{self.name}, compute capability {self.major}.{self.minor}'


def gpu(cuda: Any) -> Gpu:
    """Return the first GPU; BackendError says what is missing: a driver, a newer one, a GPU."""
    driver, runtime = (int(checked(version())) for version in (
        cuda.cudaDriverGetVersion, cuda.cudaRuntimeGetVersion))
    if not driver:
        raise BackendError('no NVIDIA driver here: install one where there is a GPU, else '
                           f'{OTHERS}')
    if driver // 1000 < runtime // 1000:
        major = runtime // 1000
        raise BackendError(
            f'the NVIDIA driver is for CUDA {dotted(driver)}, the packages for CUDA '
            f'{dotted(runtime)}: install driver {DRIVERS.get(major, "of CUDA " + str(major))} or '
            f'later, or the packages for CUDA {driver // 1000}, or {OTHERS}')
    status, properties = cuda.cudaGetDeviceProperties(0)
    if int(status):
        word = getattr(status, 'name', str(status))
        reason = 'no NVIDIA GPU here' if word in ('cudaErrorNoDevice', 'cudaErrorInvalidDevice') \
            else 'the NVIDIA GPU cannot be used'
        raise BackendError(f'{reason} (CUDA: {word}): {OTHERS}')
    name = properties.name
    return Gpu(name.decode() if isinstance(name, bytes) else str(name), int(properties.major),
               int(properties.minor))


def dotted(version: int) -> str:
    """Return CUDA's number of a version, 13050 for example, as 13.5."""
    return f'{version // 1000}.{version % 1000 // 10}'


def checked(result: tuple[Any, ...]) -> Any:
    """Return what a CUDA call gives besides its status; BackendError where that is no success."""
    status, *values = result
    if int(status):
        name = getattr(status, 'name', str(status))
        if 'MemoryAllocation' in name:
            raise OutOfMemoryError(f'CUDA: {name}: lower max_size or max_keypoints')
        raise BackendError(f'CUDA: {name}')
    return values[0] if values else None


class Buffer:
    """Memory on the GPU, and pinned memory beside it where the CPU sees it; it grows alone."""

    def __init__(self, cuda: Any, pinned: bool = True) -> None:
        """Hold none yet."""
        self._cuda, self._pinned, self.size, self.device, self.host = cuda, pinned, 0, 0, 0

    @property
    def addresses(self) -> tuple[int, int]:
        """Where both are."""
        return self.device, self.host

    def fit(self, size: int) -> None:
        """Have at least so many bytes, and at least one."""
        size = max(size, 1)
        if size <= self.size:
            return
        self.free()
        try:
            self.device = int(checked(self._cuda.cudaMalloc(size)))
            if self._pinned:
                self.host = int(checked(self._cuda.cudaMallocHost(size)))
        except BackendError:
            self.free()
            raise
        self.size = size

    def free(self) -> None:
        """Give all of it back."""
        device, host = self.addresses
        self.size, self.device, self.host = 0, 0, 0
        if device:
            checked(self._cuda.cudaFree(device))
        if host:
            checked(self._cuda.cudaFreeHost(host))

    def view(self, shape: tuple[int, ...], kind: np.dtype) -> np.ndarray:
        """Return the pinned memory as an array."""
        size = int(np.prod(shape)) * kind.itemsize
        memory: Any = (ctypes.c_byte * size).from_address(self.host)
        return np.ndarray(shape, kind, memory)


class Graph:
    """The work of a stream, recorded as a CUDA graph so that one call starts all of it.

    The first run is a plain one, since TensorRT may allocate in it; the second is recorded. Where
    a driver records nothing, that is said and the work goes on as before.
    """

    def __init__(self, cuda: Any, stream: int) -> None:
        """Begin without a recording; the stream is none of CUDA's default ones."""
        self._cuda, self._stream = cuda, stream
        self._recorded: Any = None
        self._addresses: tuple[int, ...] = ()
        self._possible = True

    def run(self, submit: Callable[[], None], addresses: tuple[int, ...]) -> None:
        """Do what `submit` puts into the stream.

        Args:
            submit: puts it there.
            addresses: all memory that the work reads and writes, on the GPU and beside it; where
                one differs from the last run, the work is recorded anew.
        """
        if addresses != self._addresses:
            self.free()
            self._addresses = addresses
            submit()
            return
        if self._recorded is None and self._possible:
            self._record(submit)
        if self._recorded is None:
            submit()
        else:
            checked(self._cuda.cudaGraphLaunch(self._recorded, self._stream))

    def free(self) -> None:
        """Give the recording back."""
        recorded, self._recorded, self._addresses = self._recorded, None, ()
        if recorded is not None:
            checked(self._cuda.cudaGraphExecDestroy(recorded))

    def _record(self, submit: Callable[[], None]) -> None:
        cuda = self._cuda
        mode = cuda.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        try:
            checked(cuda.cudaStreamBeginCapture(self._stream, mode))
            try:
                submit()
            finally:
                graph = checked(cuda.cudaStreamEndCapture(self._stream))
            try:
                self._recorded = checked(cuda.cudaGraphInstantiate(graph, 0))
            finally:
                checked(cuda.cudaGraphDestroy(graph))
        except BackendError as error:
            self._possible = False
            log.warning('no CUDA graph (%s): the network runs without', error)
