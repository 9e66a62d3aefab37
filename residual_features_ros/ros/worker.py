# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Threads behind a queue of one place: the newest item wins."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Generic, TypeVar

from residual_features_ros.ros.turns import Turns

ItemT = TypeVar('ItemT')


@dataclass(frozen=True)
class Place:
    """Where an item is worked on.

    worker: which of the threads has it, from 0.
    beginning: of the item; it comes after those of all items before.
    end: of the item; it comes after those of all items before.
    """

    worker: int
    beginning: AbstractContextManager[None]
    end: AbstractContextManager[None]


class NewestFirstWorkers(Generic[ItemT]):
    """Work on the newest items; an item that waits when a newer one comes is dropped.

    Each thread has one item in work, and one waits: there are never more. Items begin and end in
    the order in which they came, and nothing but that keeps their threads apart.
    """

    def __init__(self, work: Callable[[ItemT, Place], None], count: int = 1) -> None:
        """Start `count` threads; `work` must not raise, and enters beginning and end once."""
        self._work = work
        self._waiting: list[ItemT] = []  # at most one, beside those that idle threads are to take
        self._taken, self._idle = 0, count
        self._changed = threading.Condition()
        self._stopping = False
        self._beginnings, self._ends = Turns(), Turns()
        self._threads = [threading.Thread(target=self._run, args=(worker,), daemon=True,
                                          name=f'features_{worker}') for worker in range(count)]
        for thread in self._threads:
            thread.start()

    def put(self, item: ItemT) -> bool:
        """Hand over an item; return whether an older one had to be dropped for it."""
        with self._changed:
            dropped = len(self._waiting) > self._idle
            self._waiting = [*self._waiting[dropped:], item]
            self._changed.notify()
        return dropped

    def between(self, begin: Callable[[], None], end: Callable[[], None]) -> None:
        """Do what no item is to begin or end beside, as if it were an item itself.

        Args:
            begin: is called after all items so far have begun, and before the next one does.
            end: is called after all of these have ended, and before the next one does.
        """
        with self._changed:
            number, self._taken = self._taken, self._taken + 1
        try:
            with self._beginnings.turn(number):
                begin()
            with self._ends.turn(number):
                end()
        finally:
            self._beginnings.leave(number)
            self._ends.leave(number)

    @property
    def alive(self) -> bool:
        """Return whether all threads still work."""
        return all(thread.is_alive() for thread in self._threads)

    def stop(self, timeout_s: float = 5.0) -> int:
        """Finish the items in work, drop what waits, end the threads; return how many waited."""
        with self._changed:
            self._stopping = True
            waited, self._waiting = len(self._waiting), []
            self._changed.notify_all()
        until = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return waited

    def _run(self, worker: int) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                if self._stopping:
                    return
                item, number = self._waiting.pop(0), self._taken
                self._taken, self._idle = self._taken + 1, self._idle - 1
            try:
                self._work(item, Place(worker, self._beginnings.turn(number),
                                       self._ends.turn(number)))
            finally:
                self._beginnings.leave(number)
                self._ends.leave(number)
            del item  # an idle thread keeps no image
            with self._changed:
                self._idle += 1
