# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Execution contexts, and the kernels that TensorRT for RTX compiles for them, kept on disk."""
from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from residual_features_ros.backends.nvidia import engines
from residual_features_ros.backends.nvidia.log import last_errors
from residual_features_ros.backends.nvidia.sdk import Sdk
from residual_features_ros.errors import BackendError

log = logging.getLogger(__name__)


class Contexts:
    """Makes the execution contexts of an engine, whose memory is handed to them from outside."""

    def __init__(self, sdk: Sdk, engine: Any, kernels: Path | None) -> None:
        """Take an engine and the file of its compiled kernels, None for none."""
        self._sdk, self._engine, self._module = sdk, engine, sdk.load()
        self._config: Any = None
        self._cache: Any = None
        self._file, self._saved = kernels, 0
        if sdk.compiles_late:
            self._config = engine.create_runtime_config()
            self._config.set_execution_context_allocation_strategy(self._user_managed)
            self._read()

    @property
    def _user_managed(self) -> Any:
        return self._module.ExecutionContextAllocationStrategy.USER_MANAGED

    def open(self, profile: int, fixed: bool, stream: int) -> Any:
        """Return the context of a profile; BackendError where there is no memory for it.

        Args:
            profile: its number.
            fixed: whether it has one shape alone; its kernels are then compiled for that before
                it runs, and else beside the first runs.
            stream: of CUDA.
        """
        if self._config is None:
            context = self._engine.create_execution_context(self._user_managed)
        else:
            strategy = self._module.DynamicShapesKernelSpecializationStrategy
            self._config.dynamic_shapes_kernel_specialization_strategy = \
                strategy.EAGER if fixed else strategy.LAZY
            context = self._engine.create_execution_context(self._config)
        if context is None:
            raise BackendError(f'{self._sdk.title} opens no execution context: '
                               f'{last_errors(self._module)}; lower max_size, or close other '
                               'programs on the GPU')
        if not context.set_optimization_profile_async(profile, stream):
            raise BackendError(f'{self._sdk.title} does not take profile {profile}: '
                               f'{last_errors(self._module)}')
        return context

    def save(self) -> None:
        """Keep the kernels that were compiled since."""
        if self._cache is None or self._file is None:
            return
        content = self._cache.serialize()
        if content is not None and content.nbytes != self._saved:
            self._saved = content.nbytes
            engines.keep(self._file, bytes(content))

    def _read(self) -> None:
        if self._file is None:
            return
        self._cache = self._config.create_runtime_cache()
        if self._file.exists() and not self._cache.deserialize(self._file.read_bytes()):
            log.info('%s: made by another driver or version, kernels are compiled again (%s)',
                     self._file, last_errors(self._module))
        if not self._config.set_runtime_cache(self._cache):
            self._cache = None
