# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Processes of a real ROS 2: a clean environment, a start, an end."""
from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from residual_features_ros.errors import CommandError
from residual_features_ros.ros.fast_dds import profile_variable

PACKAGE = Path(__file__).parents[2]
NODE = 'residual_features_ros.ros.extractor_node'
PIP_NAMES = {'rclpy': 'ros-rclpy[fastrtps]', 'sensor_msgs': 'ros-sensor-msgs',
             'std_msgs': 'ros-std-msgs', 'diagnostic_msgs': 'ros-diagnostic-msgs'}
STOP_S = 10.0
LOG_LINES = 15


def missing_packages() -> list[str]:
    """Return the pip names of the packages that a ROS 2 node needs and that are not there."""
    return [pip for module, pip in PIP_NAMES.items() if not importlib.util.find_spec(module)]


def require_ros() -> None:
    """Raise CommandError that names the packages missing for a ROS 2 node."""
    missing = missing_packages()
    if missing:
        raise CommandError(f'a ROS 2 node needs {", ".join(missing)}: "make demo" installs them, '
                           'or source a ROS 2 installation')


def environment(profile: Path | None, logs: Path) -> dict[str, str]:
    """Return the environment of a ROS 2 process; without a profile DDS has its own defaults."""
    return {**inherited(), 'PYTHONUNBUFFERED': '1',
            'ROS_LOG_DIR': str(logs.absolute()), **own_domain(profile)}


def inherited() -> dict[str, str]:
    """Return the environment of this process for a child that imports this package and rclpy.

    The wheels of rclpy start python anew once to set the library path and leave a guard variable
    behind; a child that inherits the guard alone finds no libraries.
    """
    env = {key: value for key, value in os.environ.items()
           if key != '_ROS_WHEELS_BOOTSTRAP_COMPLETE'}
    others = env.get('PYTHONPATH', '')
    return {**env,
            'PYTHONPATH': f'{PACKAGE.parent}{os.pathsep}{others}' if others
            else str(PACKAGE.parent)}


def own_domain(profile: Path | None) -> dict[str, str]:
    """Return the variables of a ROS 2 domain that this process shares with its children alone."""
    return {'ROS_DOMAIN_ID': str(1 + os.getpid() % 100),  # 0 to 101 are free on every system
            'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
            **({profile_variable(): str(profile)} if profile else {})}


def dds_profile(chosen: str) -> Path | None:
    """Return the Fast DDS profile: the chosen file, else the package's own; None for 'none'."""
    if chosen == 'none':
        return None
    share = Path('share') / PACKAGE.name
    places = [Path(chosen)] if chosen else [
        root / home / 'config' / 'fastdds.xml'
        for home in (Path(), share) for root in (*PACKAGE.parents, Path(sys.prefix))]
    for place in places:
        if place.is_file():
            return place.absolute()
    raise CommandError(f'no Fast DDS profile at {places[0]}; name one with --dds-profile')


def ros_arguments(namespace: str, parameters: Mapping[str, object],
                  params_file: str = '') -> list[str]:
    """Return the words that give a node its namespace and parameters; the file's come before."""
    words = ['--ros-args', '-r', f'__ns:={namespace}']
    if params_file:
        words += ['--params-file', params_file]
    for key, value in parameters.items():
        words += ['-p', f'{key}:={value}']
    return words


def await_partner(node: subprocess.Popen[bytes], partner: subprocess.Popen[bytes], name: str,
                  log: Path) -> None:
    """Return when the node's partner has done its work.

    Args:
        node: runs until it is stopped.
        partner: ends when it has done its work.
        name: of the partner.
        log: of the node.

    Raises:
        CommandError: one of them failed; says which, with the node's last words.
    """
    while partner.poll() is None and node.poll() is None:
        time.sleep(0.1)
    if partner.poll() is None:
        raise CommandError(_with_last_words(
            f'the node ended with exit code {node.poll()}; it said:', log))
    if partner.poll():
        raise CommandError(_with_last_words(
            f'the {name} ended with exit code {partner.poll()}; the node said:', log))


def _with_last_words(sentence: str, log: Path) -> str:
    return '\n'.join([sentence, *_lines(log)[-LOG_LINES:]])


def says_more(log: Path) -> bool:
    """Return whether a log holds more than the words that an error repeats."""
    return log.is_file() and len(_lines(log)) > LOG_LINES


def _lines(log: Path) -> list[str]:
    return log.read_text(errors='replace').strip().splitlines()


def start(module: str, arguments: Sequence[str], env: Mapping[str, str],
          output: IO[bytes] | None = None, talk: bool = False) -> subprocess.Popen[bytes]:
    """Start python -m module in a process of its own; `talk` makes pipes of stdin and stdout."""
    return subprocess.Popen([sys.executable, '-m', module, *arguments], env=dict(env),
                            stdout=subprocess.PIPE if talk else output, stderr=output,
                            stdin=subprocess.PIPE if talk else subprocess.DEVNULL,
                            preexec_fn=_listen_to_ctrl_c)


@contextmanager
def running(module: str, arguments: Sequence[str], env: Mapping[str, str],
            output: IO[bytes] | None = None,
            talk: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process as `start` does; stop it in the end."""
    process = start(module, arguments, env, output, talk)
    try:
        yield process
    finally:
        stop(process)
        for pipe in filter(None, (process.stdin, process.stdout)):
            pipe.close()


def _listen_to_ctrl_c() -> None:
    """Undo what a shell does to jobs in the background: they start with SIGINT ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def stop(process: subprocess.Popen[bytes]) -> int:
    """End a process as Ctrl-C does, by force if it does not go; return its exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                continue
    return process.wait()
