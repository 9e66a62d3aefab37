# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The command line: parse first, import what a command needs after, so that --help is quick."""
from __future__ import annotations

import argparse
import importlib
import io
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any, Protocol

from residual_features_ros.errors import (
    BackendError,
    CommandError,
    ConfigError,
    DatasetError,
    ModelCardError,
    OutputError,
    VocabularyError,
)
from residual_features_ros.process_tuning import prepare_process
from residual_features_ros.tools.bench.comparison import options as bench
from residual_features_ros.tools.bench.node import options as bench_node
from residual_features_ros.tools.bench.scaling import options as bench_scaling
from residual_features_ros.tools.demo import options as demo
from residual_features_ros.tools.doctor import options as doctor_options
from residual_features_ros.tools.engine import options as engine
from residual_features_ros.tools.evaluate_bag import options as evaluate_bag_options
from residual_features_ros.tools.evaluate_slam import options as evaluate_slam
from residual_features_ros.tools.extract import options as extract
from residual_features_ros.tools.info import options as info
from residual_features_ros.tools.make_bag import options as make_bag
from residual_features_ros.tools.match import options as match
from residual_features_ros.tools.vocabulary import options as vocabulary

REFUSALS = (ModelCardError, BackendError, CommandError, ConfigError, DatasetError, OutputError,
            VocabularyError, ImportError, OSError)


class Command(Protocol):
    """The module `options` of a command; its `run(options) -> int` is in the module `run` beside.

    HELP is its line in the list of commands, DESCRIPTION stands above its own options.
    """

    __name__: str
    HELP: str
    DESCRIPTION: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options to the command's parser."""

    def from_arguments(self, arguments: argparse.Namespace) -> Any:
        """Return the parsed words as a frozen dataclass; CommandError and ConfigError refuse."""


# A name of two words is the command with a flag: "bench --methods orb --node" is bench --node.
COMMANDS: dict[str, Command] = {
    'extract': extract,
    'match': match,
    'bench': bench,
    'bench --scaling': bench_scaling,
    'bench --node': bench_node,
    'engine': engine,
    'info': info,
    'doctor': doctor_options,
    'demo': demo,
    'evaluate-bag': evaluate_bag_options,
    'evaluate-slam': evaluate_slam,
    'make-bag': make_bag,
    'vocabulary': vocabulary,
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog='python -m residual_features_ros',
        description='Hand-crafted keypoints with residual descriptors, outside ROS.')
    parsers = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    for name, command in COMMANDS.items():
        command.add_arguments(parsers.add_parser(name, help=command.HELP,
                                                 description=command.DESCRIPTION))
    return parser


def join_flag(words: Sequence[str]) -> list[str]:
    """Return the words with the flag that chooses among the commands of a name joined to it."""
    for i, word in enumerate(words):
        if i and f'{words[0]} {word}' in COMMANDS:
            return [f'{words[0]} {word}', *words[1:i], *words[i + 1:]]
    return list(words)


def main(words: Sequence[str] | None = None) -> int:
    """Run a command; errors are one sentence on stderr and exit code 2."""
    arguments, strangers = build_parser().parse_known_args(
        join_flag(sys.argv[1:] if words is None else words))
    name = arguments.command
    logging.basicConfig(format='%(message)s', level=logging.INFO)
    if isinstance(sys.stdout, io.TextIOWrapper):  # names of files need not be Unicode
        sys.stdout.reconfigure(errors='backslashreplace')
    try:
        if strangers:
            raise CommandError(f'{" ".join(strangers)} does not go with {name}, see {name} --help')
        options = COMMANDS[name].from_arguments(arguments)
        prepare_process()
        return int(importlib.import_module(_run_module(COMMANDS[name])).run(options))
    except BrokenPipeError:  # the reader of our output, "head" for example, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except (*REFUSALS, UnicodeEncodeError) as error:
        print(f'{name}: {_sentence(error)}', file=sys.stderr)
        return 2


def evaluate_bag() -> int:
    """Run evaluate-bag as an executable of its own, for ros2 run."""
    return main(['evaluate-bag', *sys.argv[1:]])


def doctor() -> int:
    """Run doctor as an executable of its own, for ros2 run."""
    return main(['doctor', *sys.argv[1:]])


def _run_module(command: Command) -> str:
    return f'{command.__name__.rpartition(".")[0]}.run'


def _sentence(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f'the Python package {error.name} is missing: pip install {error.name}'
    if isinstance(error, UnicodeEncodeError):
        return f'{error.object!a} is no name in UTF-8, which is needed here; give it another'
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f'{error.filename}: {error.strerror}'
    return ' '.join(str(error).split())
