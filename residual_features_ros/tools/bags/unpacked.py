# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Files of a bag that were compressed whole, by zstandard."""
from __future__ import annotations

import contextlib
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd  # rosbags brings it

SUFFIX = '.zstd'
BLOCK = 1 << 20


class Unpacked:
    """Uncompressed copies of files, each made once and removed at the end."""

    def __init__(self) -> None:
        """Make no folder yet."""
        self._folder: TemporaryDirectory[str] | None = None

    def __call__(self, path: Path) -> Path:
        """Return the file, or its uncompressed copy; of one that is cut off what lies before.

        Raises:
            OSError: there is no room for the copy, or the file cannot be read.
        """
        if path.suffix != SUFFIX:
            return path
        self._folder = self._folder or TemporaryDirectory(prefix='unpacked_bag_')
        copy = Path(self._folder.name) / path.stem
        if not copy.exists():
            # Where the end is missing, the reader of the copy will notice.
            with path.open('rb') as file, copy.open('wb') as out, \
                    contextlib.suppress(EOFError, zstd.ZstdError):
                shutil.copyfileobj(zstd.open(file, 'rb'), out, BLOCK)
        return copy
