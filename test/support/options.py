# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Options as the command line makes them."""
import argparse

from residual_features_ros.tools.command_line import COMMANDS


def parse(command, *words):
    """Return the options of a command for some words."""
    parser = argparse.ArgumentParser()
    COMMANDS[command].add_arguments(parser)
    return COMMANDS[command].from_arguments(parser.parse_args(list(map(str, words))))
