# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong and does not end the node: said in the log, and shown in the next report."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable

PERIOD_S = 5.0


class Troubles:
    """Says each kind of trouble at once and then at most once in a while."""

    def __init__(self, warn: Callable[[str], object]) -> None:
        """Remember where to say it."""
        self._warn = warn
        self._said_s: dict[str, float] = {}
        self._new: dict[str, str] = {}
        self._lock = threading.Lock()

    def say(self, kind: str, words: str, period_s: float = PERIOD_S) -> None:
        """Warn, unless the same kind was said less than period_s ago; report it in any case."""
        now_s = time.monotonic()
        with self._lock:
            self._new[kind] = words
            quiet = kind in self._said_s and now_s - self._said_s[kind] < period_s
            if not quiet:
                self._said_s[kind] = now_s
        if not quiet:
            self._warn(words)

    def take(self) -> list[str]:
        """Return the newest words of each kind since the last call."""
        with self._lock:
            words, self._new = list(self._new.values()), {}
        return words
