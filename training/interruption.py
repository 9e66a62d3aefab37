# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C ends a run behind the step that it is in, so that what is saved is exact."""
from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from tqdm import tqdm


class Interruption:
    """While it is entered Ctrl-C is noted in `asked`; a second one raises KeyboardInterrupt.

    Signals reach the main thread alone: in others, where Ctrl-C is ignored (nohup), and where
    `heeded` is False, it stays as it is.
    """

    def __init__(self, heeded: bool = True) -> None:
        """Note nothing yet."""
        self.asked = False
        self._heeded = heeded and in_main_thread() \
            and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
        self._before: Any = None

    def __enter__(self) -> Interruption:
        """Take SIGINT."""
        if self._heeded:
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        """Give SIGINT back."""
        if self._heeded:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        tqdm.write('stopping when this step is saved; Ctrl-C again stops at once')


@contextlib.contextmanager
def deaf() -> Iterator[None]:
    """Ignore Ctrl-C for a moment; processes that are started meanwhile ignore it for ever."""
    if not in_main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def in_main_thread() -> bool:
    """Tell whether signals can be taken here."""
    return threading.current_thread() is threading.main_thread()
