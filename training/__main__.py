# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""python -m training {train,study,export,evaluate,...}: heavy imports after parsing."""
from __future__ import annotations

import argparse
import sys
from typing import Any, Protocol

from residual_features_ros.process_tuning import keep_freed_memory
from training.commands import (
    ablation,
    calibrate,
    cost,
    curves,
    engine,
    evaluate,
    export,
    export_colmap,
    export_int8,
    free_photographs,
    front_end_speed,
    import_weights,
    learn,
    pack,
    reproduction,
    speed_quality,
    study,
    train,
    training_speed,
    validate,
    vocabulary,
)


class Command(Protocol):
    """What a module of training.commands has: options is its own frozen dataclass."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options to the command's parser."""

    def from_arguments(self, args: argparse.Namespace) -> Any:
        """Return the options; ValueError for values that cannot be had."""

    def run(self, options: Any) -> None:
        """Do it and print what came of it."""


COMMANDS: dict[str, Command] = {
    'train': train,
    'study': study,
    'ablation': ablation,
    'cost': cost,
    'curves': curves,
    'pack': pack,
    'export': export,
    'evaluate': evaluate,
    'calibrate': calibrate,
    'free-photographs': free_photographs,
    'front-end-speed': front_end_speed,
    'import': import_weights,
    'learn': learn,
    'export-colmap': export_colmap,
    'export-int8': export_int8,
    'engine': engine,
    'reproduction': reproduction,
    'speed-quality': speed_quality,
    'training-speed': training_speed,
    'validate': validate,
    'vocabulary': vocabulary,
}
# key=value, before and behind options.
TAKE_SETTINGS = ('train', 'study', 'training-speed', 'validate')


def parse(arguments: list[str] | None = None) -> tuple[str, Any]:
    """Read the command line: the command's name and its options."""
    parser = argparse.ArgumentParser(prog='python -m training', description=__doc__)
    commands = parser.add_subparsers(dest='command', required=True)
    for name, command in COMMANDS.items():
        command.add_arguments(commands.add_parser(name, help=command.HELP))
    args, rest = parser.parse_known_args(arguments)
    # argparse takes no key=value that stands behind an option.
    if rest and (args.command not in TAKE_SETTINGS
                 or any('=' not in word or word.startswith('-') for word in rest)):
        parser.error(f'unrecognized arguments: {" ".join(rest)}')
    if rest:
        args.settings = [*args.settings, *rest]
    return args.command, COMMANDS[args.command].from_arguments(args)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; an error of the user's is one sentence and status 2."""
    try:
        name, options = parse(arguments)
        COMMANDS[name].run(options)
    except (ValueError, RuntimeError, OSError) as error:
        # torch puts the traceback of a worker process before the sentence.
        print(f'error: {str(error).strip().splitlines()[-1]}', file=sys.stderr)
        return 2
    except KeyboardInterrupt as stopped:
        print(f'\n{stopped}' if str(stopped) else '\nstopped', file=sys.stderr)
        return 130
    return 0


if __name__ == '__main__':
    keep_freed_memory()  # before other threads have memory of their own
    sys.exit(main())
