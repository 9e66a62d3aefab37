# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Built engines on disk, each with the metadata that it was built under."""
from __future__ import annotations

import hashlib
import json
import logging
import os
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Return $RESIDUAL_FEATURES_CACHE, else residual_features_ros in the user's cache folder."""
    own = os.environ.get('RESIDUAL_FEATURES_CACHE')
    home = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(own) if own else Path(home) / 'residual_features_ros'


def load(name: str, metadata: dict[str, str]) -> bytes | None:
    """Return the engine `name` if it was built under this metadata, else None and say why not.

    A damaged file is removed.
    """
    path, beside = _paths(name)
    if not beside.exists():
        return None
    try:
        saved = json.loads(beside.read_text(encoding='utf-8'))
        engine = path.read_bytes()
        if hashlib.sha256(engine).hexdigest() != saved['sha256']:
            raise ValueError('its bytes have changed')
        built = saved['metadata']
        other = [f'{key} {built.get(key)!r} instead of {value!r}'
                 for key, value in metadata.items() if built.get(key) != value]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning('%s: discarded, the engine is built again (%s)', path, error)
        for file in (path, beside):
            file.unlink(missing_ok=True)
        return None
    if other:
        log.warning('%s: the engine is built again, it was built for %s', path, ', '.join(other))
        return None
    return engine


def store(name: str, metadata: dict[str, str], engine: bytes, parity: float) -> Path:
    """Write an engine and its metadata, which comes last: what has it is whole."""
    path, beside = _paths(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    saved: dict[str, Any] = {'metadata': metadata,
                             'sha256': hashlib.sha256(engine).hexdigest(),
                             'difference_to_onnxruntime': parity}
    beside.unlink(missing_ok=True)
    for file, content in ((path, engine), (beside, json.dumps(saved, indent=1).encode())):
        part = file.with_suffix(f'.{os.getpid()}.part')
        part.write_bytes(content)
        os.replace(part, file)
    return path


def _paths(name: str) -> tuple[Path, Path]:
    folder = cache_folder() / 'engines'
    return folder / f'{name}.engine', folder / f'{name}.json'
