# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How fast schedules train, as a table."""
from __future__ import annotations

from typing import Any

from training.benchmarks.reports.image_pairs import markdown_table
from training.training_speed import hours


def tables(result: dict[str, Any]) -> list[str]:
    """Return title, what was timed, a row for each stage, and the command."""
    rows = [[method, found['recipe'], name, f'{stage["pairs"]:,}',
             f'{stage["pairs_per_second"]:.3g}', f'{hours({name: stage}):,.1f}',
             f'{found["device"]}, {found["precision"]}, threads: {found["threads"]}']
            for method, found in result['methods'].items()
            for name, stage in found['stages'].items()]
    return ['## How fast schedules train',
            f'Of {result["steps"]} steps of each stage, the first not timed.',
            markdown_table(['method', 'recipe', 'stage', 'samples', 'samples per second', 'hours',
                            'on'], rows),
            f'`{result["command"]}`, commit {result["environment"]["commit"]}, torch '
            f'{result["torch"]}.']
