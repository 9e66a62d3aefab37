# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An ONNX file opened as an engine: one that was kept, came with the weights, or is built."""
from __future__ import annotations

import dataclasses
import logging
import re
import tempfile
import time
from pathlib import Path

from residual_features_ros.backends import Expected
from residual_features_ros.backends.nvidia import ahead, engines
from residual_features_ros.backends.nvidia.build import Build
from residual_features_ros.backends.nvidia.engines import Engine
from residual_features_ros.backends.nvidia.networks import facts_of, network_in
from residual_features_ros.backends.nvidia.parity import difference, largest_difference
from residual_features_ros.backends.nvidia.sdk import Sdk
from residual_features_ros.backends.nvidia.session import EngineSession
from residual_features_ros.backends.nvidia.typed import precisions
from residual_features_ros.errors import BackendError

log = logging.getLogger(__name__)
FULL = re.compile('out ?of ?memory|could not be allocated|MemoryAllocation', re.IGNORECASE)
PRECISIONS = ('auto', 'int8', 'fp16', 'fp32')


def open_session(sdk: Sdk, path: Path, precision: str, expected: Expected) -> EngineSession:
    """Load the engine of an ONNX file, which is built first where there is none for this GPU.

    What is built, or came beside the file, is compared with ONNX Runtime and then kept.

    Raises:
        BackendError: no GPU, a precision that it has not, a network that cannot be built, or an
            engine whose outputs are not ONNX Runtime's.
    """
    if precision not in PRECISIONS:
        raise BackendError(f'the backend {sdk.backend} has no precision {precision}: take one of '
                           f'{", ".join(PRECISIONS)}')
    try:
        facts = facts_of(sdk, path, precision, expected, str(sdk.gpu()))
        file = engines.file_of(path.stem, facts)
        return (kept(sdk, file, facts, expected) or brought(sdk, path, file, facts, expected)
                or built(sdk, path, file, facts, expected))
    except BackendError:
        raise
    except Exception as error:  # parsers, builders and disks fail in ways of their own
        raise BackendError(f'{sdk.title} fails with {path}: {type(error).__name__}: '
                           f'{error}') from error


def kept(sdk: Sdk, file: Path, facts: dict[str, str], expected: Expected) -> EngineSession | None:
    """Return the engine that was kept, None where there is none that loads."""
    engine = engines.load(file, facts)
    if engine is None:
        return None
    try:
        return opened(sdk, engine, file, expected)
    except BackendError as error:
        if FULL.search(str(error)):  # which says nothing of the engine
            raise
        engines.discard(file, str(error))
        return None


def brought(sdk: Sdk, path: Path, file: Path, facts: dict[str, str],
            expected: Expected) -> EngineSession | None:
    """Return the engine that lies beside an ONNX file if it is right here, and keep it."""
    engine = ahead.find(sdk, path, facts['precision'], expected, facts['gpu'])
    if engine is None:
        return None
    try:
        session = opened(sdk, engine, file, expected)
        content = network_in(path, 'int8') if engine.precision == 'int8' else b''
        refused, parity = compare(session, path, content, engine.precision)
    except BackendError as error:
        refused, parity = str(error), 0.0
    if refused:
        log.warning('%s: the engine beside it is not used (%s)', path, refused)
        return None
    engines.store(file, facts, dataclasses.replace(engine, difference=parity))
    log.warning('%s: the engine beside it differs from ONNX Runtime by %.1e and is used', path,
                parity)
    return opened(sdk, engine, file, expected)


def opened(sdk: Sdk, engine: Engine, file: Path, expected: Expected) -> EngineSession:
    """Return an engine that is loaded; BackendError where it does not load."""
    return EngineSession(sdk, engine.content, engine.precision, expected.together,
                         file.with_suffix('.kernels'))


def built(sdk: Sdk, path: Path, file: Path, facts: dict[str, str],
          expected: Expected) -> EngineSession:
    """Build the engine of a network in the fastest precision in which it is right, and keep it."""
    refused = ''
    for precision in precisions(path, facts['precision']):
        if refused:
            log.warning('%s: %s is built instead', refused, precision)
        log.warning('building %s in %s for %s, once%s', path.name, precision, facts['gpu'],
                    '' if sdk.compiles_late else ': this takes minutes')
        start = time.monotonic()
        content = network_in(path, precision)
        timings = engines.folder() / f'{facts["sdk"]} {facts["gpu"]}.timings'.replace(' ', '_')
        engine = Build(sdk, expected, timing_cache=timings)(content, str(path))
        made = Engine(engine, precision, None, time.monotonic() - start)
        refused, parity = compare(opened(sdk, made, file, expected), path, content, precision)
        if not refused:
            break
    else:
        raise BackendError(f'{refused}: it is not used')
    if facts['precision'] == 'fp16' != precision:
        log.warning('%s runs in %s: it has nothing that runs in fp16 with the same outputs', path,
                    precision)
    engines.store(file, facts, dataclasses.replace(made, difference=parity))
    log.warning('%s: built in %.0f s, differs from ONNX Runtime by %.1e', file, made.seconds,
                parity)
    return opened(sdk, made, file, expected)  # anew, without the memory that comparing took


def compare(session: EngineSession, path: Path, content: bytes,
            precision: str) -> tuple[str, float]:
    """Return why an engine must not be used, '' where it may, and its difference; close it."""
    if precision == 'int8':  # the network that was built has other ranges than the file
        with tempfile.NamedTemporaryFile(suffix='.onnx') as file:
            file.write(content)
            file.flush()
            found = difference(session, Path(file.name))
    else:
        found = difference(session, path)
    session.close()
    allowed = largest_difference(session, precision)
    if found <= allowed:
        return '', found
    return (f'{path}: the {precision} engine differs from ONNX Runtime by {found:.4f}, at most '
            f'{allowed} is allowed'), found
