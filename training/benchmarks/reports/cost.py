# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What networks cost as a table, beside SuperPoint's."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from residual_features_ros import text_table
from training.benchmarks.protocol import size_words
from training.benchmarks.reports import published
from training.benchmarks.reports.image_pairs import markdown_table

NONE = '-'
BESIDE = 'superpoint'
PAPER = (f'The Residual paper says {published.RESIDUAL_SPEED.rows["Ours"]["more computation, %"]} '
         "% more computation than SuperPoint's (section 4.6), and not how it was counted.")
MEANING = ('Multiply-adds of convolutions and products for one image; all parts of a method, h '
           'with both heads where it has two, f over all keypoints. Random weights. The '
           'hand-crafted method, which finds the keypoints and describes them, runs beside h; '
           'its time is that of a made image, and the last column that of all of it one after the '
           'other.')


def text(result: Mapping[str, Any]) -> str:
    """Return the table, what it was measured in, and what of SuperPoint's cost it comes to."""
    return '\n\n'.join([text_table.table(*table(result)), ' '.join(remarks(result))])


def section(result: Mapping[str, Any]) -> list[str]:
    """Return a saved result as a section of the document of all results."""
    size = size_words(tuple(result['protocol']['size']))
    return [f'## Cost of the networks, {size}, {result["protocol"]["keypoints"]} keypoints',
            MEANING, markdown_table(*table(result)), ' '.join(remarks(result)),
            f'`{result["command"]}`, commit {result["environment"]["commit"]}.']


def table(result: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Return header and rows: of each method the sums over its networks, and their parts."""
    rows = []
    for name, cost in result['methods'].items():
        rows.append([name, cost['recipe'],
                     f'{sum(cost["parameters"].values()) / 1e6:.3f}',
                     *parts(cost['multiply_adds'], 1e-9, 2), over(result, name, 'multiply_adds'),
                     *parts(cost['ms'], 1, 1), over(result, name, 'ms'),
                     ', '.join(f'{ms:.1f} ({which})' for which, ms
                               in cost['handcrafted_ms'].items()) or NONE,
                     over(result, name, 'ms', 'handcrafted_ms')])
    return ['method', 'recipe', 'parameters, M', 'multiply-adds, G', 'of', f'over {BESIDE}',
            'ms', 'of', f'over {BESIDE}', 'hand-crafted, ms',
            f'with it, over {BESIDE}'], rows


def parts(numbers: Mapping[str, float], unit: float, digits: int) -> tuple[str, str]:
    """Return the sum of a cost, and in words what of it each network has."""
    told = ', '.join(f'{name} {number * unit:.{digits}f}' for name, number in numbers.items())
    return f'{sum(numbers.values()) * unit:.{digits}f}', told


def over(result: Mapping[str, Any], name: str, *kinds: str) -> str:
    """Return the sum of kinds of cost over SuperPoint's, '-' where it was not measured beside."""
    every = result['methods']
    if BESIDE not in every:
        return NONE
    ours, theirs = (sum(sum(every[one][kind].values()) for kind in kinds)
                    for one in (name, BESIDE))
    return f'{ours / theirs:.2f}'


def remarks(result: Mapping[str, Any]) -> list[str]:
    """Return what the paper says, and what ran the networks."""
    protocol = result['protocol']
    return [PAPER, f'Median of {protocol["runs"]} runs, {protocol["backend"]}, fp32, threads: '
            f'{protocol["threads"]}, {result["environment"]["cpu"]}.']
