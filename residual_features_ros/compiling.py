# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""numba for the loops of loops.py, where it is installed; numpy serves where it is not."""
from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

numba: Any = None
REASON = ''
try:
    import numba  # type: ignore[no-redef]
except Exception as error:  # an older numba refuses a newer numpy, by errors of several kinds
    REASON = f'{type(error).__name__}: {error}'

log = logging.getLogger(__name__)
LoopT = TypeVar('LoopT', bound=Callable[..., Any])
# As fast as C compilers are allowed to be, where no value is infinite.
FAST = {'contract', 'reassoc', 'nsz', 'arcp'}


def compiled(loop: LoopT) -> LoopT:
    """Return a loop that numba compiles at its first call, without the interpreter's lock.

    What was compiled is kept on disk, beside the file or in the user's cache. Where neither can be
    written it is compiled anew by each process. Without numba the loop stays as it is.
    """
    if numba is None:
        return loop
    options = {'nogil': True, 'error_model': 'numpy', 'fastmath': FAST}
    try:
        made: LoopT = numba.njit(cache=True, **options)(loop)
    except RuntimeError:  # no folder for the cache can be written
        made = numba.njit(**options)(loop)
    return made


@functools.cache
def has_compiler() -> bool:
    """Return whether loops are compiled here; says once where they are not."""
    if numba is None:
        log.warning('loops run in numpy, several times slower, since numba cannot be imported '
                    '(%s); the remedy: pip install numba', REASON)
    return numba is not None


@functools.cache
def announce(loop: Callable[..., Any]) -> None:
    """Say once what takes long where a loop has yet to be compiled, or cannot be kept."""
    folder = getattr(getattr(loop, 'stats', None), 'cache_path', None)
    if folder is None:
        log.warning('numba compiles the loops anew in every process, some seconds, since no '
                    'folder for its cache can be written; the remedy: set NUMBA_CACHE_DIR')
    elif not any(Path(folder).glob(f'{Path(loop.__code__.co_filename).stem}.*.nbi')):
        log.info('numba compiles the loops, once on this machine: some seconds')
