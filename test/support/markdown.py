# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Tables in Markdown as lists."""


def read_tables(text, of='method'):
    """Return the cells of each table of methods (or detectors) in a text: [table][row][cell]."""
    return [[[cell.strip() for cell in line.strip('|').split('|')]
             for line in block.strip().splitlines()]
            for block in text.split('\n\n') if block.startswith(f'| {of} |')]
