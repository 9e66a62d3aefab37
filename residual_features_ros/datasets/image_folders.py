# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The images of a folder, as every tool finds them."""
from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from residual_features_ros.datasets.natural_order import in_natural_order
from residual_features_ros.errors import DatasetError

log = logging.getLogger(__name__)
# Thumbnails and what was deleted: of macOS, Synology, Windows, Linux's desktops.
CLUTTER = ('__MACOSX', '@eaDir', '#recycle', '$RECYCLE.BIN', '.Trash', '.Trashes', '.thumbnails',
           '.DS_Store')


def files_below(folder: Path, endings: Sequence[str], deep: bool = True) -> list[Path]:
    """Return the images below a folder in natural order: 1.png, 2.png, ... 10.png.

    Hidden files and folders are left out, and said how many, save those of macOS and of the like
    that beside each image keep what is none (._1.png). A dangling link is an image that is
    missing, and is returned.

    Args:
        folder: links in it are followed.
        endings: of the images' names, in small letters.
        deep: whether folders in it are searched too.

    Raises:
        DatasetError: a folder that cannot be read.
    """
    found: list[Path] = []
    hidden, seen = 0, set()
    for home, folders, names in os.walk(folder, onerror=_refuse, followlinks=True):
        place = os.path.realpath(home)
        if place in seen:  # a link back
            folders.clear()
            continue
        seen.add(place)
        folders[:] = [name for name in folders if deep and not _is_no_photograph(name)]
        inside = [Path(home, name) for name in names if not _is_no_photograph(name)
                  and os.path.splitext(name)[1].lower() in endings]
        below = any(part.startswith('.') for part in Path(home).relative_to(folder).parts)
        shown = [] if below else [path for path in inside if not path.name.startswith('.')]
        hidden += len(inside) - len(shown)
        found += [path for path in shown if path.is_file() or not path.exists()]
    if hidden:
        log.info('%s: %d hidden images were left out', folder, hidden)
    return in_natural_order(found)


def _refuse(error: OSError) -> None:
    raise DatasetError(f'{error.filename}: {error.strerror or error}') from error


def _is_no_photograph(name: str) -> bool:
    """Tell what file systems and file managers put beside photographs under their names."""
    return name.startswith('._') or name in CLUTTER
