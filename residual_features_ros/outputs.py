# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where commands write: never over what was there before they began."""
from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from pathlib import Path

from residual_features_ros.errors import OutputError


def refuse_existing(paths: Iterable[Path | str], option: str = '--out') -> None:
    """Raise OutputError where one of the files or folders is there, broken links among them.

    Args:
        paths: that are about to be written.
        option: of the command line that chooses others.
    """
    there = [str(path) for path in paths if os.path.lexists(path)]
    if there:
        raise OutputError(f'{", ".join(there)}: there already, and nothing is replaced; choose '
                          f'another {option}, or move it away')


def unused(path: Path) -> Path:
    """Return a path that a command chooses by itself: out.png, else out_2.png, out_3.png ..."""
    numbered = (path.with_name(f'{path.stem}_{i}{path.suffix}') for i in itertools.count(2))
    return next(way for way in itertools.chain([path], numbered) if not os.path.lexists(way))
