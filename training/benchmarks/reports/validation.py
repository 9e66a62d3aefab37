# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Results of the validation -> means by source, sign tests, and tables in text and Markdown."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np

from residual_features_ros import text_table
from residual_features_ros.sign_test import Split, split
from training.benchmarks.posed_features import digits
from training.benchmarks.reports.image_pairs import markdown_table

Rows = list[dict[str, Any]]  # 'sources' of a pair, and its numbers
Summary = dict[str, dict[str, dict[str, float | None]]]  # [method][source][number]
OF_HOMOGRAPHIES = ('keypoints', 'correct', 'ms', 'mma@1', 'mma@3', 'mma@5', 'recall', 'rep',
                   'cor@1', 'cor@3', 'cor@5')
OF_VIDEOS = ('keypoints', 'matches', 'inliers', 'epi@3', 'rotation_deg', 'direction_deg', 'mAA@5',
             'mAA@10')
COLUMNS = {'stills': OF_HOMOGRAPHIES, 'exposure': OF_HOMOGRAPHIES, 'video': OF_VIDEOS}
HEADLINE = {'stills': 'ms', 'exposure': 'ms', 'video': 'inliers'}  # shown by source
# What the sign test compares; of all of them more is better.
OF_PAIRS = ('correct', 'ms', 'mma@3', 'recall', 'cor@3')
COMPARED = {'stills': OF_PAIRS, 'exposure': OF_PAIRS, 'video': ('inliers', 'epi@3', 'mAA@10')}
MEANING = (
    'Nothing here has been trained on. stills: photographs and frames under random homographies '
    'with photometric change; exposure: one view under- and over-exposed, as it is and with the '
    'second image warped; both in the numbers of hpatches, correct as the mean of a pair. video: '
    'inliers of a fundamental matrix, which some wrong matches are too; where there are poses '
    'epi@3, the share of matches within 3 px of the true epipolar lines, medians of the errors of '
    'the relative pose, and mAA@5 and @10. gap: frames between two of a video. Sign tests: in how '
    'many of the pairs that differ a method is better than the first one, and p of so uneven a '
    'split between equals, with the pairs taken for independent.')


class Table(NamedTuple):
    """A table as texts, and what it shows in a few words."""

    title: str
    header: list[str]
    rows: list[list[str]]


def groups(rows: Rows) -> dict[str, Rows]:
    """Return all pairs, and then those of each source."""
    found: dict[str, Rows] = {'all': rows}
    for row in rows:
        for source in row['sources']:
            found.setdefault(source, []).append(row)
    return found


def average(rows: Rows) -> dict[str, float | None]:
    """Return means, and medians of degrees, of what is not None, and how many pairs there are."""
    found: dict[str, float | None] = {'pairs': len(rows)}
    for name in rows[0]:
        values = [row[name] for row in rows if name != 'sources' and row[name] is not None]
        if values:
            found[name] = float((np.median if name.endswith('_deg') else np.mean)(values))
    return found


def summarise(rows: Mapping[str, Rows]) -> Summary:
    """Return the averages by method and source; a number that no pair has is left out."""
    return {method: {source: average(of_source) for source, of_source in groups(found).items()}
            for method, found in rows.items()}


def sign_tests(kind: str, rows: Mapping[str, Rows]) -> dict[str, dict[str, dict[str, float]]]:
    """Return, by method but the first and number, in how many pairs it beats the first, and p."""
    (_, first), *others = rows.items()
    found: dict[str, dict[str, dict[str, float]]] = {}
    for method, own in others:
        splits = {name: split(values(own, name), values(first, name), 1)
                  for name in COMPARED[kind]}
        found[method] = {name: {**asdict(one), 'p': one.p} for name, one in splits.items()}
    return found


def values(rows: Rows, name: str) -> dict[int, float]:
    """Return a number of each pair by the pair's place; NaN where it has none."""
    return {place: np.nan if row[name] is None else row[name] for place, row in enumerate(rows)}


def tables(results: Mapping[str, Any]) -> Iterator[Table]:
    """Yield the tables of each kind: all numbers, one number by source, and sign tests."""
    for kind, summary in results['summary'].items():
        parts = next(iter(summary.values()))
        sources = [source for source in parts if source != 'all']
        yield Table(f'{kind}: {parts["all"]["pairs"]} pairs', ['method', *COLUMNS[kind]], [
            [method, *(digits(numbers['all'].get(name)) for name in COLUMNS[kind])]
            for method, numbers in summary.items()])
        yield Table(f'{kind}: {HEADLINE[kind]} by source and number of pairs',
                    ['method', *(f'{source} ({parts[source]["pairs"]})' for source in sources)], [
            [method, *(digits(numbers[source][HEADLINE[kind]]) for source in sources)]
            for method, numbers in summary.items()])
        tests = results['sign_tests'][kind]
        if tests:
            yield Table(f'{kind}: pairs in which a method is better than {next(iter(summary))}',
                        ['method', *COMPARED[kind]], [
                [method, *(Split(found[name]['better'], found[name]['pairs']).words()
                           for name in COMPARED[kind])] for method, found in tests.items()])


def text(results: Mapping[str, Any]) -> str:
    """Return all tables as text."""
    return '\n\n'.join(f'{table.title}\n{text_table.table(table.header, table.rows)}'
                       for table in tables(results))


def markdown(results: Mapping[str, Any], title: str) -> str:
    """Return all tables under a title."""
    return '\n\n'.join([f'# {title}', MEANING, *table_texts(results, '##')]) + '\n'


def table_texts(results: Mapping[str, Any], heading: str) -> list[str]:
    """Return each table below its title in Markdown."""
    return [part for table in tables(results)
            for part in (f'{heading} {table.title}', markdown_table(table.header, table.rows))]


def section(result: Mapping[str, Any]) -> list[str]:
    """Return a saved result as a section of the document of all results."""
    (width, height), count = result['protocol']['size'], result['protocol']['max_keypoints']
    return [f'## Validation, {width}x{height}, {count} keypoints',
            f'{result["data"]["what"]}; no table of the paper. {MEANING}',
            *table_texts(result, '###'),
            f'`{result["command"]}`, commit {result["environment"]["commit"]}.']
