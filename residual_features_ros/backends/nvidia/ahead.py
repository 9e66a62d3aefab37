# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Engines built before the machine that runs them is there, and kept beside the weights.

Nobody has compared them with ONNX Runtime: who opens one does so first.
"""
from __future__ import annotations

import logging
import time
from pathlib import Path

from residual_features_ros.backends import Expected
from residual_features_ros.backends.nvidia import engines
from residual_features_ros.backends.nvidia.build import Build
from residual_features_ros.backends.nvidia.engines import Engine
from residual_features_ros.backends.nvidia.networks import facts_of, network_in
from residual_features_ros.backends.nvidia.sdk import Sdk
from residual_features_ros.backends.nvidia.typed import precisions
from residual_features_ros.errors import BackendError

log = logging.getLogger(__name__)


def build_ahead(sdk: Sdk, path: Path, precision: str, expected: Expected,
                out: Path) -> tuple[Path, Engine]:
    """Build the engine of an ONNX file, or find it, in the fastest precision that it may have.

    Args:
        sdk: TensorRT for RTX builds for every GPU, TensorRT for the one here.
        path: any ONNX file; sides and counts that it leaves open are expected's.
        precision: ExtractorConfig's.
        expected: the inputs that it will see.
        out: folder of the engine.

    Returns:
        its file, beside which are its facts, and the engine.

    Raises:
        BackendError: it cannot be built, TensorRT has no GPU here, or `out` cannot be written.
    """
    gpu = '' if sdk.compiles_late else str(sdk.gpu())
    facts = facts_of(sdk, path, precision, expected, gpu)
    file = engines.file_of(path.stem, facts, out)
    there = engines.load(file, facts)
    if there is not None:
        return file, there
    start, kind = time.monotonic(), precisions(path, precision)[0]
    content = Build(sdk, expected)(network_in(path, kind), str(path))
    engine = Engine(content, kind, None, time.monotonic() - start)
    if not engines.store(file, facts, engine):
        raise BackendError(f'{file}: cannot be written')
    return file, engine


def find(sdk: Sdk, path: Path, precision: str, expected: Expected, gpu: str) -> Engine | None:
    """Return the engine beside an ONNX file that was built ahead for such a GPU, None without."""
    for made_for in (gpu, '') if sdk.compiles_late else (gpu,):
        facts = facts_of(sdk, path, precision, expected, made_for)
        engine = engines.load(engines.file_of(path.stem, facts, path.parent), facts)
        if engine is not None:
            return engine
    others = [file.name for file in path.parent.glob(f'{path.stem}-*.engine')]
    if others:
        log.warning('%s: the engines beside it were not built for %s, precision %s and these '
                    'shapes (max_size): %s', path, facts['sdk'], precision, ', '.join(others))
    return None
