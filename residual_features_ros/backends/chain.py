# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Backends in the order to try: the next one goes on where one cannot open a network or run it."""
from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from residual_features_ros.backends import BACKENDS, Backend, Session, load_backend
from residual_features_ros.errors import BackendError, unknown

log = logging.getLogger(__name__)
Opener = Callable[[Backend], Session]


class Chain:
    """The networks of a pipeline on the first backend of a list that opens and runs all of them.

    Where it fails, be it after hours, all of them are opened by the next one, which is announced,
    and what failed is run again there.
    """

    def __init__(self, names: Sequence[str]) -> None:
        """Find the first backend that is there.

        Args:
            names: of BACKENDS, in the order to try.

        Raises:
            ConfigError: a name that does not exist.
            BackendError: none runs here; the message has the reason of each.
        """
        for name in names:
            if name not in BACKENDS:
                raise unknown('backend', name, BACKENDS)
        self._names, self._at, self._reasons = tuple(names), -1, list[str]()
        # Weak: as a circle they, and what runtimes hold, would wait for Python's collector.
        self._sessions: list[weakref.ref[ChainedSession]] = []
        self._lock = threading.RLock()
        self.backend: Backend
        self._go_on([])

    @property
    def name(self) -> str:
        """The name of the backend of now, of BACKENDS."""
        return self._names[self._at]

    def open(self, opener: Opener) -> ChainedSession:
        """Return what `opener` makes of the backend, and of each that follows it.

        Raises:
            BackendError: no backend of the list opens it; the message has the reason of each.
        """
        with self._lock:
            while True:
                try:
                    session = opener(self.backend)
                    break
                except BackendError as error:
                    self.go_on(str(error))
            chained = ChainedSession(self, opener, session)
            self._sessions.append(weakref.ref(chained))
            return chained

    def run(self, of: ChainedSession, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Run a network of this chain, by as many backends as it takes."""
        while True:
            session = of.session
            try:
                return session.run(inputs)
            except BackendError as error:
                with self._lock:
                    if of.session is session:  # else another thread has gone on already
                        self.go_on(str(error))

    def go_on(self, reason: str) -> None:
        """Take the next backend for all networks, since this one failed.

        Raises:
            BackendError: none is left; the one of now stays, and may be tried again.
        """
        self._go_on([*self._reasons, f'{self._names[self._at]}: {reason}'])

    def _go_on(self, reasons: list[str]) -> None:
        held = [each for ref in self._sessions if (each := ref()) is not None]
        for at in range(self._at + 1, len(self._names)):
            try:
                backend = load_backend(self._names[at])
                sessions = [each.opener(backend) for each in held]
            except BackendError as error:
                reasons.append(f'{self._names[at]}: {error}')
                continue
            self._at, self._reasons, self.backend = at, reasons, backend
            for each, session in zip(held, sessions, strict=True):
                each.session = session
            if reasons:
                log.warning('backend %s runs instead of %s', self._names[at], '; '.join(reasons))
            return
        raise BackendError('; '.join(reasons))


class ChainedSession:
    """A network of a chain; see backends.Session."""

    def __init__(self, chain: Chain, opener: Opener, session: Session) -> None:
        """Hold the session of now and what opens the next."""
        self._chain, self.opener, self.session = chain, opener, session

    @property
    def description(self) -> str:
        """What runs it now."""
        return self.session.description

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs."""
        return self.session.inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of its outputs."""
        return self.session.outputs

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the outputs by name; BackendError where no backend that is left runs it."""
        return self._chain.run(self, inputs)
