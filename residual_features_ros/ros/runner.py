# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Start a node, spin it, end it: a clean exit upon Ctrl-C, one sentence upon an error at start."""
from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Sequence
from typing import Any

import rclpy
import rclpy.logging
from rclpy.exceptions import ParameterException
from rclpy.executors import ExternalShutdownException

from residual_features_ros.errors import ConfigError
from residual_features_ros.process_tuning import prepare_process, share_opencv
from residual_features_ros.ros.node_config import NodeConfig

# RuntimeError: ModelCardError, BackendError, and what rcl says of a file or an argument.
START_ERRORS = (ConfigError, ImportError, ParameterException, RuntimeError)


class RosLogHandler(logging.Handler):
    """Passes what the core logs on to a ROS logger."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record at its level."""
        logger = rclpy.logging.get_logger(record.name)
        if record.levelno >= logging.ERROR:
            logger.error(record.getMessage())
        elif record.levelno >= logging.WARNING:
            logger.warning(record.getMessage())
        elif record.levelno >= logging.INFO:
            logger.info(record.getMessage())
        else:
            logger.debug(record.getMessage())


def run(create_node: Callable[[], Any], args: Sequence[str] | None = None) -> int:
    """Create a node and spin it until it is interrupted; return the exit code.

    The node has `settings` with a NodeConfig; with build_only it ends once it has its networks.
    """
    core = logging.getLogger('residual_features_ros')
    core.addHandler(RosLogHandler())
    core.setLevel(logging.INFO)
    core.propagate = False
    prepare_process()
    node, is_initialised = None, False
    try:
        try:
            rclpy.init(args=None if args is None else list(args))
            is_initialised = True
            node = create_node()
            share_opencv(node.settings.get(NodeConfig).workers)
            node.begin()
        except START_ERRORS as error:
            if is_initialised and not rclpy.ok():  # the end came while it started
                core.debug('the start was cut short by the end', exc_info=True)
                return 0
            words = str(error)
            if type(error).__name__ == 'UnknownROSArgsError':  # it has the arguments alone
                words = f'unknown ROS arguments: {words}'
            rclpy.logging.get_logger('residual_features_ros').fatal(words)
            return 1
        if not node.settings.get(NodeConfig).build_only:
            rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except Exception:
        if rclpy.ok():
            raise
        # The end came in the midst of a callback, which found its topics closed.
        core.debug('a callback was cut short by the end', exc_info=True)
    finally:
        ignore_interrupts()
        if node is not None:
            node.destroy_node()
        rclpy.try_shutdown()
    return 0


def ignore_interrupts() -> None:
    """Let no Ctrl-C cut the end short: neither a second one, nor the first.

    rclpy hears of it before Python does, and ends the spinning; Python's own KeyboardInterrupt may
    come only now.
    """
    while True:
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        except KeyboardInterrupt:
            continue
        break
    # CPython 3.11 ends by SIGINT if one cut an exec of text short, as dataclasses and numba have
    # them, although it was caught. Another exec lets it forget.
    exec('')
