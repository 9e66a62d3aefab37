# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An ablation as a table: numbers of each part, and whether what it brings is luck."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from residual_features_ros import text_table
from residual_features_ros.sign_test import Split
from training.benchmarks.posed_features import digits
from training.benchmarks.reports.image_pairs import markdown_table

NUMBERS = {'stills': ('correct', 'mma@1', 'recall', 'cor@1'),
           'exposure': ('correct', 'mma@1', 'recall', 'cor@3'), 'video': ('inliers', 'epi@3')}
TESTED = {'stills': 'correct', 'exposure': 'correct', 'video': 'inliers'}
MEANING = (
    'Each part is compared with the run that is named beside it, from which it differs in the '
    'settings of the last column alone (before and after); the validation is that above. Sign '
    'tests: in how many of the pairs that differ it has more correct matches, in videos more '
    'inliers.')


def table(result: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Return header and rows."""
    header = ['part', 'beside', *(f'{kind}: {", ".join(names)}'
                                  for kind, names in NUMBERS.items()),
              *(f'more {name}: {kind}' for kind, name in TESTED.items()), 'differs in']
    rows = []
    for name, part in result['parts'].items():
        tests, changed = part.get('sign_tests', {}), part.get('differences', {})
        rows.append([
            name, part['beside'] or '-',
            *(', '.join(digits(part['summary'][kind].get(number)) for number in names)
              for kind, names in NUMBERS.items()),
            *(Split(tests[kind][number]['better'], tests[kind][number]['pairs']).words()
              if tests else '-' for kind, number in TESTED.items()),
            ', '.join(f'{key}: {old} -> {new}' for key, (old, new) in changed.items()) or '-'])
    return header, rows


def text(result: Mapping[str, Any]) -> str:
    """Return the table as text."""
    return text_table.table(*table(result))


def section(result: Mapping[str, Any]) -> list[str]:
    """Return a saved result as a section of the document of all results."""
    return ['## What each part brings', f'{result["data"]["what"]} {MEANING}',
            markdown_table(*table(result)),
            f'`{result["command"]}`, commit {result["environment"]["commit"]}.']
