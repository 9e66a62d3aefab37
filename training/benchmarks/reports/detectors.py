# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Results of the benchmark of detectors -> means by scene, and tables in text and Markdown."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from residual_features_ros import text_table
from training.benchmarks.reports.image_pairs import Rows, groups, markdown_table

Summary = dict[str, dict[str, dict[str, float | None]]]  # [detector][group][number]
SUMS = ('correct',)
TIMES = ('find_ms', 'find_core_ms', 'rows_core_ms')
DIGITS = {'keypoints': 0, 'correct': 0, 'error_px': 2, **dict.fromkeys(TIMES, 1)}
COLUMNS = ('keypoints', 'rep@1', 'rep@3', 'error_px', 'bias_px', 'shared', 'find_core_ms',
           'find_ms', 'rows_core_ms', 'correct', 'ms', 'mma@3', 'recall')
MEANING = (
    'rep@t: share of the keypoints that both views show which are found again within t px, one to '
    'one; error_px: median distance of those within 3 px; bias_px: of blobs at known places; '
    'shared: share of keypoints that stand in the place of another one; find: without describing, '
    'in ms of processor time (core) and of time; rows: the processor time of RootSIFT rows, and '
    'of angles where the detector gives none; the pyramid of the rows counts in neither. correct, '
    'ms (matching score), mma@3 and recall are of these rows.')
NONE = '-'


def summarise(pair_rows: Mapping[str, Rows], image_rows: Mapping[str, Rows],
              biases: Mapping[str, float | None]) -> Summary:
    """Return the numbers by detector and group, which are all pairs, splits and scenes."""
    summary: Summary = {}
    for name, rows in pair_rows.items():
        images = groups(image_rows[name])
        summary[name] = {
            group: {**averages(images[group]), **averages(of_group), 'bias_px': biases[name]}
            for group, of_group in groups(rows).items()}
    return summary


def averages(rows: Rows) -> dict[str, float | None]:
    """Return means, sums of SUMS and medians of TIMES; None is left out, and of nothing."""
    found: dict[str, float | None] = {}
    for name in rows[0]:
        if name not in ('scene', 'number'):
            values = [row[name] for row in rows if row[name] is not None]
            average = np.sum if name in SUMS else np.median if name in TIMES else np.mean
            found[name] = float(average(values)) if values else None
    return found


def cells(numbers: Mapping[str, float | None]) -> list[str]:
    """Return the numbers as the tables show them."""
    return [NONE if (value := numbers[column]) is None else f'{value:.{DIGITS.get(column, 3)}f}'
            for column in COLUMNS]


def table(summary: Summary) -> str:
    """Return the numbers of all pairs as text."""
    return text_table.table(['detector', *COLUMNS], [
        [name, *cells(parts['all'])] for name, parts in summary.items()])


def group_table(summary: Summary, group: str) -> str:
    """Return the numbers of a group in Markdown."""
    return markdown_table(['detector', *COLUMNS], [
        [name, *cells(parts[group])] for name, parts in summary.items()])


def markdown(summary: Summary, title: str, data: Mapping[str, Any]) -> str:
    """Return one table for each group, under a title."""
    text = [f'# {title}', f'{data["what"]}: {len(data["scenes"])} scenes, {data["pairs"]} pairs. '
            f'{MEANING}']
    for group in next(iter(summary.values())):
        text += [f'## {group}', group_table(summary, group)]
    return '\n\n'.join(text) + '\n'


def tables(result: Mapping[str, Any]) -> list[str]:
    """Return a saved result as a section of the document of all results."""
    (width, height), count = result['protocol']['size'], result['protocol']['max_keypoints']
    data = result['data']
    return [f'## Detectors, {width}x{height}, {count} keypoints',
            f'{data["what"]}: {len(data["scenes"])} scenes, {data["pairs"]} pairs; no table of '
            f'the paper. {MEANING}', group_table(result['summary'], 'all'),
            f'`{result["command"]}`, commit {result["environment"]["commit"]}.']
