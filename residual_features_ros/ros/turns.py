# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Threads that are let through one after the other, in the order of their items."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Lets items 0, 1, 2 ... through one at a time; each has to take or to leave its turn."""

    def __init__(self) -> None:
        """Begin with item 0."""
        self._next = 0
        self._over: set[int] = set()  # later ones that are not waited for
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, number: int) -> Iterator[None]:
        """Wait until all items before this one are through, and let it through."""
        with self._changed:
            self._changed.wait_for(lambda: self._next == number)
        try:
            yield
        finally:
            self.leave(number)

    def leave(self, number: int) -> None:
        """Let the items behind this one not wait for it; nothing where its turn is over."""
        with self._changed:
            if number >= self._next:
                self._over.add(number)
            while self._next in self._over:
                self._over.remove(self._next)
                self._next += 1
            self._changed.notify_all()
