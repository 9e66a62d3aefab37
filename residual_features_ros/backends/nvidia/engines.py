# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Built engines on disk, each with the facts that it was built under.

Their names have all of these facts, so that engines for several GPUs, versions, precisions and
shapes live side by side. Nothing here ever costs an engine: what cannot be written is logged.
"""
from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Return $RESIDUAL_FEATURES_CACHE, else residual_features_ros in the user's cache folder."""
    own = os.environ.get('RESIDUAL_FEATURES_CACHE')
    home = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(own) if own else Path(home) / 'residual_features_ros'


def folder() -> Path:
    """Return the folder of engines in the cache."""
    return cache_folder() / 'engines'


@dataclass(frozen=True)
class Engine:
    """An engine as it was built.

    content: what the runtime loads.
    precision: what it runs in.
    difference: to ONNX Runtime, relative; None where no GPU has compared it yet.
    seconds: that it took to build.
    """

    content: bytes = field(repr=False)
    precision: str
    difference: float | None
    seconds: float


def file_of(name: str, facts: Mapping[str, str], where: Path | None = None) -> Path:
    """Return the file of the engine of a network under some facts.

    Args:
        name: of the network.
        facts: words; of a hash the first letters are enough to tell engines apart, since the
            file beside has all of it.
        where: its folder, None for the cache.
    """
    words = [value[:8] if re.fullmatch('[0-9a-f]{64}', value)
             else re.sub('[^A-Za-z0-9.]+', '_', value) for value in facts.values()]
    return (where or folder()) / f'{"-".join([name, *filter(None, words)])}.engine'


def load(path: Path, facts: Mapping[str, str]) -> Engine | None:
    """Return the engine of a file if it was built under these facts, else None.

    A damaged file is removed, which is logged.
    """
    beside = path.with_suffix('.json')
    if not beside.exists():
        return None
    try:
        saved = json.loads(beside.read_text(encoding='utf-8'))
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != saved['sha256']:
            raise ValueError('its bytes have changed')
        same = saved['facts'] == dict(facts)
        found = Engine(content, saved['precision'], saved['difference_to_onnxruntime'],
                       saved['seconds'])
    except (OSError, ValueError, KeyError, TypeError) as error:
        discard(path, str(error))
        return None
    if not same:
        log.warning('%s: not used, it was built under other facts', path)
        return None
    return found


def discard(path: Path, reason: str) -> None:
    """Remove an engine that is of no use, and say so."""
    log.warning('%s: discarded, the engine is built again (%s)', path, reason)
    try:
        for file in (path, path.with_suffix('.json')):
            file.unlink(missing_ok=True)
    except OSError as error:
        log.warning('%s: cannot be removed (%s)', path, error)


def store(path: Path, facts: Mapping[str, str], engine: Engine) -> bool:
    """Write an engine and its facts, which come last: what has them is whole.

    Returns:
        whether they could be written; where not, that is logged.
    """
    saved: dict[str, Any] = {
        'facts': dict(facts), 'sha256': hashlib.sha256(engine.content).hexdigest(),
        'precision': engine.precision, 'difference_to_onnxruntime': engine.difference,
        'seconds': round(engine.seconds, 1)}
    return keep(path, engine.content) and keep(path.with_suffix('.json'),
                                               json.dumps(saved, indent=1).encode())


def keep(path: Path, content: bytes) -> bool:
    """Write a file as a whole; return whether that went well, and log where not."""
    part = path.with_name(f'{path.name}.{os.getpid()}.part')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as error:
        log.warning('%s: not kept, it is made again the next time (%s)', path, error)
        return False
    return True
