# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Arrays kept on disk: written whole or not at all, and never believed when damaged."""
from __future__ import annotations

import logging
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

log = logging.getLogger(__name__)
DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, zlib.error,
          zipfile.BadZipFile)


def save(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write an uncompressed npz file; a file that is there is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f'.{os.getpid()}.part')
    try:
        with part.open('wb') as file:
            np.savez(file, **arrays)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def load(path: Path) -> dict[str, np.ndarray] | None:
    """Return the arrays of a file, None where there is none; a damaged one is discarded."""
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except DAMAGE as error:  # zip's checksums tell changed bytes
        discard(path, error)
        return None


def discard(path: Path, error: Exception) -> None:
    """Remove a file that cannot be used, and say so."""
    log.warning('%s: discarded and made again, it cannot be read (%s)', path, error)
    path.unlink()
