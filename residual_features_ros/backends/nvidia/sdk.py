# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT and TensorRT for RTX: two products with one API, and all that differs between them.

TensorRT measures kernels on the GPU while it builds; it keeps what it measured in a timing cache.
TensorRT for RTX builds without a GPU, for Ampere, Ada and Blackwell (its documentation, "CPU-Only
AOT"), and compiles kernels where an engine first runs; it keeps these in a runtime cache.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from residual_features_ros.backends import import_or_explain
from residual_features_ros.backends.nvidia.cuda import OTHERS, Gpu, gpu
from residual_features_ros.errors import BackendError


@dataclass(frozen=True)
class Sdk:
    """One of the two.

    backend: its name in backends.BACKENDS.    title: NVIDIA's name.
    module: what Python imports.    packages: what pip installs.
    oldest: the first version that has all calls that are made here.
    capabilities: compute capabilities of the GPUs that it runs these networks on, in order; the
        last one stands for all later ones too.
    instead: what to take on other GPUs.
    compiles_late: whether kernels are compiled where an engine first runs.
    """

    backend: str
    title: str
    module: str
    packages: str
    oldest: tuple[int, int]
    capabilities: tuple[tuple[int, int], ...]
    instead: str
    compiles_late: bool

    def load(self) -> Any:
        """Return its module; BackendError names what pip installs."""
        module = import_or_explain(self.module, self.title, self.packages)
        version = tuple(int(word) for word in module.__version__.split('.')[:2])
        if version < self.oldest:
            raise BackendError(f'{self.title} {module.__version__} is too old, '
                               f'{dotted(self.oldest)} or later is needed: '
                               f'pip install --upgrade {self.packages}')
        return module

    def gpu(self) -> Gpu:
        """Return the GPU here; BackendError where there is none that it runs on."""
        found = gpu(load_cuda())
        here = found.major, found.minor
        if here < self.capabilities[-1] and here not in self.capabilities:
            raise BackendError(f'{self.title} runs these networks on GPUs of compute capability '
                               f'{", ".join(map(dotted, self.capabilities))} or later, here is '
                               f'{found}: {self.instead}')
        return found

    def configure(self, config: Any) -> None:
        """Set what a builder needs so that work can be recorded as a CUDA graph."""
        if self.compiles_late:  # else it may allocate memory of its own in the midst of it
            config.set_flag(self.load().BuilderFlag.REQUIRE_USER_ALLOCATION)

    def can_record(self, context: Any, stream: int) -> bool:
        """Return whether the work of an execution context can be recorded."""
        return not self.compiles_late or bool(context.is_stream_capturable(stream))

    def describe(self) -> str:
        """Return version and GPU, or raise BackendError with the remedy."""
        return f'{self.backend} {self.load().__version__}, {self.gpu()}'


def load_cuda() -> Any:
    """Return CUDA's runtime; BackendError names what pip installs."""
    return import_or_explain('cuda.bindings.runtime', "CUDA's runtime", 'cuda-python')


def dotted(version: tuple[int, int]) -> str:
    """Return a version in words."""
    return '.'.join(map(str, version))


TENSORRT = Sdk('tensorrt', 'TensorRT', 'tensorrt', 'tensorrt onnx cuda-python', (10, 1),
               ((7, 0),), OTHERS, compiles_late=False)
# What its runtime 1.7.1 says that it supports where it refuses an engine, on an H100 (9.0);
# for Turing, 7.5, which its support matrix names too, it builds no matrix products in fp32, of
# which f is made.
RTX = Sdk('tensorrt_rtx', 'TensorRT for RTX', 'tensorrt_rtx', 'tensorrt-rtx-cu13 onnx cuda-python',
          (1, 7), ((8, 0), (8, 6), (8, 9), (12, 0)),
          'take the backend tensorrt, onnxruntime_cuda, openvino or onnxruntime',
          compiles_late=True)
