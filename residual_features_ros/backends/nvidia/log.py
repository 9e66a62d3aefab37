# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What TensorRT says goes into Python's log, from where a node passes it on to that of ROS."""
from __future__ import annotations

import collections
import functools
import logging
from typing import Any

log = logging.getLogger(__name__)
# One lower than TensorRT's own: what it calls an error is raised by who called it.
LEVELS = {'INTERNAL_ERROR': logging.WARNING, 'ERROR': logging.WARNING, 'WARNING': logging.INFO,
          'INFO': logging.DEBUG, 'VERBOSE': logging.DEBUG}
ERRORS_KEPT = 5


@functools.cache
def logger(module: Any) -> Any:
    """Return the one logger of a module, which every builder and runtime shares.

    TensorRT keeps the first that it is given and ignores others.
    """
    class Logger(module.ILogger):  # type: ignore[name-defined]
        """Passes messages on and remembers the last errors."""

        def __init__(self) -> None:
            module.ILogger.__init__(self)
            self.errors: collections.deque[str] = collections.deque(maxlen=ERRORS_KEPT)

        def log(self, severity: Any, msg: str) -> None:
            """Take one message."""
            level = LEVELS.get(severity.name, logging.WARNING)
            if severity.name.endswith('ERROR'):
                self.errors.append(' '.join(msg.split()))
            if log.isEnabledFor(level):
                log.log(level, '%s', msg.strip())

    return Logger()


def last_errors(module: Any) -> str:
    """Return the last errors that a module named, once; for the message of an exception."""
    errors = logger(module).errors
    words = '; '.join(dict.fromkeys(errors)) or 'it gives no reason'
    errors.clear()
    return words
