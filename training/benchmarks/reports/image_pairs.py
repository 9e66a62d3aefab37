# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Scores of image pairs -> means by split, tables in text and Markdown, and the plot of MMA."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.config import split_method
from residual_features_ros.registry import METHODS
from training.benchmarks.coverage import harmonic_mean
from training.benchmarks.metrics import MMA_PX

LEGEND_LINE = 0.23  # inches that a method takes in a plot's legend
Rows = list[dict[str, Any]]
Summary = dict[str, dict[str, dict[str, float]]]  # [method][group][number]
SPLITS = {'i_': 'illumination', 'v_': 'viewpoint'}
SUMS = ('correct', 'matches')
COLUMNS = ('correct', 'ratio', 'recall', 'ms', 'rep', 'mma_score', 'mma@1', 'mma@3', 'mma@5',
           'cor@1', 'cor@3', 'cor@5', 'coverage', 'harmonic')
HARMONIC = ('rep', 'mma@3', 'coverage')  # of whose means 'harmonic' is the mean


def groups(rows: Rows) -> dict[str, Rows]:
    """Return the pairs by split (all, illumination, viewpoint), then by scene."""
    found: dict[str, Rows] = {'all': rows}
    for row in rows:
        if row['scene'][:2] in SPLITS:
            found.setdefault(SPLITS[row['scene'][:2]], []).append(row)
    for row in rows:
        found.setdefault(row['scene'], []).append(row)
    return found


def shown_groups(rows: Rows) -> list[str]:
    """Return the groups that get a column: the splits, and the scenes where they are few."""
    names = [name for name in groups(rows) if name != 'all']
    return names if len(names) <= 8 else [name for name in names if name in SPLITS.values()]


def average(rows: Rows) -> dict[str, float]:
    """Return the mean over pairs of each number; 'correct' and 'matches' are sums."""
    names = [name for name in rows[0] if name not in ('scene', 'number')]
    return {name: float((np.sum if name in SUMS else np.mean)([row[name] for row in rows]))
            for name in names}


def summarise(results: dict[str, Rows]) -> Summary:
    """Return the averages by method and shown group, and two numbers made of them.

    'ratio' is of correct to the first's, 'harmonic' of all that HARMONIC names.
    """
    summary: Summary = {}
    for method, rows in results.items():
        parts = groups(rows)
        summary[method] = {name: average(parts[name]) for name in ['all', *shown_groups(rows)]}
        for name, numbers in summary[method].items():
            first = next(iter(summary.values()))[name]
            numbers['ratio'] = numbers['correct'] / max(first['correct'], 1)
            numbers['harmonic'] = harmonic_mean([numbers[part] for part in HARMONIC])
    return summary


def cell(name: str, value: float) -> str:
    """Return a number as the tables show it."""
    return f'{value:.0f}' if name in (*SUMS, 'keypoints') else f'{value:.3f}'


def table(results: dict[str, Rows]) -> str:
    """Return the summary as text."""
    summary = summarise(results)
    others = [name for name in next(iter(summary.values())) if name != 'all']
    lines = [f'{"method":32}' + ''.join(f'{c:>10}' for c in [*COLUMNS, *others])]
    for method, parts in summary.items():
        cells = [cell(c, parts['all'][c]) for c in COLUMNS]
        cells += [cell('recall', parts[name]['recall']) for name in others]
        lines.append(f'{method:32}' + ''.join(f'{c:>10}' for c in cells))
    return '\n'.join([*lines, f'{", ".join(others)}: recall'])


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown; '|' in cells is escaped."""
    lines = [header, ['---'] * len(header), *rows]
    return '\n'.join('| ' + ' | '.join(text.replace('|', '\\|') for text in line) + ' |'
                     for line in lines)


def markdown(summary: Summary, title: str) -> str:
    """Return one table for each group, under a title."""
    text = [f'# {title}']
    for name in next(iter(summary.values())):
        rows = [[method, *(cell(c, parts[name][c]) for c in COLUMNS)]
                for method, parts in summary.items()]
        text += [f'## {name}', markdown_table(['method', *COLUMNS], rows)]
    return '\n\n'.join(text) + '\n'


def line_of(method: str) -> str:
    """Return the line style of hand-crafted methods, of learned detectors, or of all others."""
    entry = METHODS.get(split_method(method)[0])
    if entry is None or not entry.network:
        return '--'
    return '-' if entry.detector else ':'


def plot(summary: Summary, path: Path) -> None:
    """Draw MMA against the threshold: all pairs, and each split that there is."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    panels = [name for name in ('all', *SPLITS.values()) if name in next(iter(summary.values()))]
    height = max(4, LEGEND_LINE * len(summary))
    figure, axes = pyplot.subplots(1, len(panels), figsize=(3 + 3.5 * len(panels), height),
                                   sharey=True, squeeze=False, layout='constrained')
    for panel, name in zip(axes[0], panels, strict=True):
        for number, (method, parts) in enumerate(summary.items()):
            panel.plot(MMA_PX, [parts[name][f'mma@{t}'] for t in MMA_PX], marker='o',
                       markersize=3, linestyle=line_of(method), label=method,
                       color=pyplot.get_cmap('tab20')(number % 20))
        panel.set(title=name, xlabel='threshold (pixels)', ylim=(0, 1), xticks=MMA_PX)
        panel.grid(alpha=0.3)
    axes[0, 0].set(ylabel='mean matching accuracy')
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc='outside right upper')
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
