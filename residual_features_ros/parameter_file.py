# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of a node as the YAML file that a user reads and copies."""
from __future__ import annotations

import dataclasses
import re
import textwrap
from collections.abc import Collection, Mapping, Sequence
from typing import Any

WIDTH = 99
INDENT = '    '
NO_WORDS = ('true', 'false', 'yes', 'no', 'on', 'off', 'null')  # to YAML 1.1


def parameter_file(node: str, groups: Mapping[str, Sequence[Any]],
                   leave_out: Collection[str] = ()) -> str:
    """Return the text of a YAML file with every parameter of a node at its default.

    Args:
        node: its name; <node>_node is its executable.
        groups: config dataclasses, whose values are the defaults, under what they are about.
        leave_out: fields that mean nothing to this node.
    """
    head = _comment(
        f'Every parameter of {node}_node with its default, what it means and what it may be; '
        f'"ros2 param describe /{node} NAME" tells the same. (live) = may be changed while the '
        'node runs. Written by "make config" from the fields in config.py and ros/node_config.py.',
        '')
    parts = []
    for title, configs in groups.items():
        parts.append([f'{INDENT}# -- {title} --'])
        parts += [[*_comment(describe(field), INDENT),
                   f'{INDENT}{field.name}: {yaml_value(getattr(config, field.name))}']
                  for config in configs for field in dataclasses.fields(config)
                  if field.name not in leave_out]
    body = '\n\n'.join('\n'.join(lines) for lines in parts)
    return '\n'.join([*head, '/**:', '  ros__parameters:', body, ''])


def _comment(text: str, indent: str) -> list[str]:
    begin = f'{indent}# '
    return textwrap.wrap(text, WIDTH, initial_indent=begin, subsequent_indent=begin,
                         break_on_hyphens=False)


def describe(field: dataclasses.Field[Any]) -> str:
    """Return what a setting means, and its choices or range where the meaning lacks them."""
    metadata = field.metadata
    words = ['(live)'] if metadata['live'] or metadata['swapped'] else []
    words.append(metadata['meaning'])
    if not all(choice in metadata['meaning'] for choice in metadata['choices']):
        words.append(f'One of: {", ".join(metadata["choices"])}.')
    if metadata['low'] is not None:
        words.append(f'From {metadata["low"]:g} to {metadata["high"]:g}.')
    return ' '.join(words)


def yaml_value(value: Any) -> str:
    """Return a setting's value as YAML reads it back, with its type."""
    if isinstance(value, tuple):
        return f'[{", ".join(map(yaml_value, value))}]'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        plain = re.fullmatch('[a-z][a-z0-9_]*', value) and value not in NO_WORDS
        return value if plain else "'{}'".format(value.replace("'", "''"))
    words = repr(value)
    return words if 'e' not in words or '.' in words else words.replace('e', '.0e')
