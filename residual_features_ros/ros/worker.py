# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A thread behind a queue of one place: the newest item wins."""
from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

ItemT = TypeVar('ItemT')


class NewestFirstWorker(Generic[ItemT]):
    """Works on the newest item; an item that waits when a newer one comes is dropped."""

    def __init__(self, work: Callable[[ItemT], None]) -> None:
        """Start the thread; `work` must not raise."""
        self._work = work
        self._waiting: list[ItemT] = []  # at most one
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name='features', daemon=True)
        self._thread.start()

    def put(self, item: ItemT) -> bool:
        """Hand over an item; return whether an older one had to be dropped for it."""
        with self._changed:
            dropped = bool(self._waiting)
            self._waiting = [item]
            self._changed.notify()
        return dropped

    @property
    def alive(self) -> bool:
        """Return whether the thread still works."""
        return self._thread.is_alive()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Finish the item in work, drop the waiting one, end the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                if self._stopping:
                    return
                item = self._waiting.pop()
            self._work(item)
