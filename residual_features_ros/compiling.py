# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""numba for the loops of loops.py, where it is installed; numpy serves where it is not."""
from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, TypeVar

numba: Any = None
REASON = ''
try:
    import numba  # type: ignore[no-redef]
except Exception as error:  # an older numba refuses a newer numpy, by errors of several kinds
    REASON = f'{type(error).__name__}: {error}'

log = logging.getLogger(__name__)
LoopT = TypeVar('LoopT', bound=Callable[..., Any])


class LoopCache:
    """What numba keeps a compiled loop in: where that fails, the loop is compiled anew.

    It says once that loops are compiled, and once why they cannot be kept.
    """

    def __init__(self, kept: Any) -> None:
        """Stand before numba's own cache."""
        self._kept = kept

    def __getattr__(self, name: str) -> Any:
        """Be numba's own in all else."""
        return getattr(self._kept, name)

    def load_overload(self, signature: Any, context: Any) -> Any:
        """Return a compiled loop, None where it has to be compiled."""
        found = None
        try:
            found = self._kept.load_overload(signature, context)
        except Exception as error:  # a damaged file fails in as many ways as pickle has
            self._forget(error)
        if self._kept.cache_path is None:
            say_unkept('no folder for its cache can be written')
        elif found is None:
            say_compiling()
        return found

    def save_overload(self, signature: Any, data: Any) -> None:
        """Keep a loop that was compiled."""
        try:
            self._kept.save_overload(signature, data)
        except Exception as error:  # a full disk, a folder that is gone
            say_unkept(f'{type(error).__name__}: {error}')

    def _forget(self, error: Exception) -> None:
        """Begin the index of a loop anew, whose files cannot be read."""
        log.info('numba cannot read what it kept in %s (%s: %s): it is compiled anew',
                 self._kept.cache_path, type(error).__name__, error)
        try:
            self._kept.flush()
        except OSError as cannot:
            say_unkept(f'{type(cannot).__name__}: {cannot}')


def compiled(loop: LoopT) -> LoopT:
    """Return a loop that numba compiles at its first call, without the interpreter's lock.

    What was compiled is kept on disk, beside the file or in the user's cache. Where neither can be
    written it is compiled anew by each process. Without numba the loop stays as it is.
    """
    if numba is None:
        return loop
    # No fastmath: what is rounded otherwise where a loop is built into another would give other
    # bytes in the process that compiles than in those that load. What is kept stays where these
    # options change and loops.py does not: remove it then.
    options = {'nogil': True, 'error_model': 'numpy'}
    try:
        made = numba.njit(cache=True, **options)(loop)
    except RuntimeError:  # no folder for the cache can be written
        made = numba.njit(**options)(loop)
    made._cache = LoopCache(made._cache)
    typed: LoopT = made
    return typed


@functools.cache
def has_compiler() -> bool:
    """Return whether loops are compiled here; says once where they are not."""
    if numba is None:
        log.warning('loops run in numpy, several times slower, since numba cannot be imported '
                    '(%s); the remedy: apt install python3-numba, or pip install numba', REASON)
    return numba is not None


@functools.cache
def say_compiling() -> None:
    """Say once what takes long at the first call."""
    log.info('numba compiles the loops, once on this machine: some seconds')


def say_unkept(reason: str) -> None:
    """Say once that what is compiled cannot be kept."""
    if not UNKEPT:
        UNKEPT.append(reason)
        log.warning('numba compiles the loops anew in every process, some seconds (%s); the '
                    'remedy: set NUMBA_CACHE_DIR to a folder that can be written', reason)


UNKEPT: list[str] = []  # why what is compiled cannot be kept
