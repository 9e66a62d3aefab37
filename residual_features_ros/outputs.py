# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where commands write: never over what was there before they began."""
from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
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


@contextlib.contextmanager
def undone_on_error(folder: Path, names: Sequence[str]) -> Iterator[set[str]]:
    """Remove what is half made where an error ends the making.

    Yields the names that would go; what is taken out of them stays.

    Args:
        folder: made here with its parents where it is not there; goes again if it was, and if
            nothing else is in it.
        names: of files and folders in it that are about to be made.

    Raises:
        OutputError: one of them is there already, and stays.
    """
    refuse_existing(folder / name for name in names)
    made, unfinished = _make_folders(folder), set(names)
    try:
        yield unfinished
    except BaseException as error:  # Ctrl-C as well
        if isinstance(error, OutputError):  # another program made one of them meanwhile
            unfinished.clear()
        for path in (folder / name for name in unfinished):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        for path in made:
            with contextlib.suppress(OSError):  # something is in it
                path.rmdir()
        raise


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and its parents; return those that were not there, the innermost first."""
    made: list[Path] = []
    for path in (*reversed(folder.parents), folder):
        if not path.is_dir():
            path.mkdir(exist_ok=True)
            made.insert(0, path)
    return made
