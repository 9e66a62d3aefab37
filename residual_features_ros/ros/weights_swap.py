# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A thread that puts other weights in the place of those that run, while these go on."""
from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


class OvertakenError(Exception):
    """Other weights are wanted by now than those in work, or none since the end has come."""


@dataclass(frozen=True)
class Failure:
    """Weights that were not put in place.

    folder: where they lie.    reason: why the others go on.
    """

    folder: str
    reason: str


class WeightsSwap:
    """Swaps for the newest folder that was wanted, one at a time.

    folder: of the weights that run.
    """

    def __init__(self, folder: str, swap: Callable[[str], None]) -> None:
        """Begin with the weights of a folder.

        Args:
            folder: of the weights that run.
            swap: loads those of another one, tries them and puts them in place, in a thread of its
                own; whatever it raises, the others go on. It calls `check_wanted` meanwhile.
        """
        self.folder = folder
        self._swap = swap
        self._wanted: str | None = None
        self._thread: threading.Thread | None = None
        self._failures: list[Failure] = []
        self._ended = False
        self._lock = threading.Lock()

    @property
    def loading(self) -> bool:
        """Return whether weights are being loaded."""
        return self._thread is not None

    def want(self, folder: str) -> None:
        """Put the weights of a folder in place as soon as those in work are."""
        with self._lock:
            self._wanted = folder
            if self._thread is None and not self._ended:
                self._thread = threading.Thread(target=self._run, daemon=True, name='weights')
                self._thread.start()

    def check_wanted(self) -> None:
        """Raise OvertakenError where those in work need not be put in place any more."""
        with self._lock:
            if self._wanted is not None or self._ended:
                raise OvertakenError

    def take_failures(self) -> list[Failure]:
        """Return the failures since the last call."""
        with self._lock:
            failures, self._failures = self._failures, []
        return failures

    def stop(self, timeout_s: float = 5.0) -> None:
        """Begin no swap any more, and wait for the one in work."""
        with self._lock:
            self._wanted, self._ended, thread = None, True, self._thread
        if thread is not None:
            thread.join(timeout_s)

    def _run(self) -> None:
        while (folder := self._next()) is not None:
            try:
                self._swap(folder)
            except OvertakenError:
                continue
            except Exception as error:  # runtimes raise what they like
                with self._lock:
                    self._failures.append(Failure(folder, str(error) or type(error).__name__))
            else:
                self.folder = folder

    def _next(self) -> str | None:
        with self._lock:
            wanted, self._wanted = self._wanted, None
            if wanted is None:
                self._thread = None
            return wanted
