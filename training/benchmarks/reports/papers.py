# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Results of benchmarks/papers.py as tables in Markdown, the papers' own numbers below ours."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.benchmarks.reports import paper, published_rows
from training.benchmarks.reports.image_pairs import markdown_table
from training.benchmarks.reports.published import Table
from training.benchmarks.reports.published_rows import Published

NONE = '-'
# Column -> the numbers in it.
HOMOGRAPHIES = {
    'keypoints': ('keypoints',), 'ms/image': ('milliseconds',),
    'Cor-1': ('cor@1',), 'Cor-3': ('cor@3',), 'Cor-5': ('cor@5',), 'MS': ('ms',),
    'recall': ('recall',), 'rep@3': ('rep@3',), 'rep@5': ('rep@5',), 'MMA@1': ('mma@1',),
    'MMA@3': ('mma@3',), 'MMA@5': ('mma@5',), 'MMA@10': ('mma@10',), 'MMA score': ('mma_score',)}
# GoodPoint's own, two of them at its two radii.
GOODPOINT = {
    **{f'{name}@{limit}': (f'{name}@{limit}',)
       for limit in (3, 5) for name in ('rep', 'accuracy')},
    **{f'{name}@{limit}, 20 and 25 px': (f'{name}@{limit}/20', f'{name}@{limit}/25')
       for limit in (3, 5) for name in ('coverage', 'harmonic', 'harmonic of six')}}
OF_GOODPOINT = (
    "GoodPoint's metrics. accuracy@t: of all nearest neighbours that are closer than theta_desc = "
    '.8, the share within t px, the mean of both directions (its section 6.1; its code for '
    'HPatches takes mutual ones closer than .85; bits have no limit here). harmonic of six@t: its '
    'harmonic mean, of rep@t, accuracy@t and coverage@t under light and under view each; it takes '
    'both splits. harmonic@t is ours: of the means of rep@t, MMA@t and coverage@t over all pairs.')
MEANING = {
    'hpatches': "Cor and MS are the Residual paper's and SuperPoint's, rep@t is the repeatability "
                'at t px, MMA@t the matching accuracy of mutual neighbours, and the MMA score '
                "PoSFeat's; coverage@t is of matches within t px at the radii of 20 and 25 px.",
    'rgbd': "LF-Net's matching score at 5 px against the frames between two views, and the means "
            'over these gaps of matching score, repeatability at 5 px and recall.'}


def tables(result: Mapping[str, Any]) -> list[str]:
    """Return what the data are, title, meaning (once) and tables of each part, and the rest."""
    text, kinds = [data_statement(result['data'])], set()
    for part in result['parts']:
        (width, height), count = part['size'], part['keypoints']
        kind = part['benchmark']
        what = 'RGB-D videos' if kind == 'rgbd' else "HPatches' layout"
        text.append(f'### {what}, {width}x{height}, {count} keypoints')
        text += [MEANING[kind]] if kind not in kinds else []
        rows = published_rows.BY_PART.get((kind, width, height, count), ())
        text.append(table(part, video_columns(part) if kind == 'rgbd' else HOMOGRAPHIES, rows))
        if kind != 'rgbd':
            text += [OF_GOODPOINT] if kind not in kinds else []
            text.append(table(part, GOODPOINT, [row for row in rows if any(
                name.startswith('accuracy') for name in row.numbers)]))
        kinds.add(kind)
    text.append('### As printed, on data that are not here')
    return text + [part for printed in published_rows.ELSEWHERE
                   for part in (f'{printed.source}: {printed.about}.', as_printed(printed))]


def as_printed(printed: Table) -> str:
    """Return a table of a paper."""
    return markdown_table(['row', *printed.columns],
                          [[name, *numbers.values()] for name, numbers in printed.rows.items()])


def data_statement(data: Mapping[str, Any]) -> str:
    """Return what was measured on, and that it is not what the papers have."""
    here = f'{len(data["scenes"])} scenes, {data["pairs"]} pairs'
    if 'videos' in data:
        here += f'; videos: {data["videos"]}, frames: {data["frames"]}'
    text = [f'Rows from **here** are of one run on {data["what"]} ({here}).']
    if len(data['scenes']) != paper.SCENES:
        text.append(f"**The data are not the papers'**, who have HPatches ({paper.SCENES} scenes, "
                    f'{paper.PAIRS} pairs): their rows show what to look for, not what should '
                    'come out here.')
    if 'videos' in data:
        text.append('LF-Net has 312 videos of ScanNet; the matching scores of its paper were not '
                    'at hand.')
    return ' '.join([*text, "Learned methods are trained here, none has its authors' weights. "
                            'ms/image is the median in this run, beside whatever else the machine '
                            'did, and - where features were read from the cache; '
                            '`python -m residual_features_ros bench` measures speed.'])


def video_columns(part: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the columns of a part on videos: one for each gap, and the means."""
    gaps = [gap for gap in next(iter(part['summary'].values())) if gap != 'mean']
    return {'keypoints': ('keypoints',), 'ms/image': ('milliseconds',),
            **{f'MS, gap {gap}': (f'ms, {gap}',) for gap in gaps},
            'MS': ('ms, mean',), 'rep@5': ('rep, mean',), 'recall': ('recall, mean',)}


def table(part: Mapping[str, Any], columns: Mapping[str, Sequence[str]],
          rows: Sequence[Published]) -> str:
    """Return the rows of each method, below them the papers', and then those not measured here."""
    lines, left = [], list(rows)
    for method in part['summary']:
        lines += [[method, source, *cells(columns, numbers)]
                  for source, numbers in measured(part, method)]
        for row in [row for row in left if row.method == method]:
            lines.append([row.method, row.source, *cells(columns, row.numbers)])
            left.remove(row)
    lines += [[row.method, row.source, *cells(columns, row.numbers)] for row in left]
    return markdown_table(['method', 'from', *columns], lines)


def measured(part: Mapping[str, Any], method: str) -> list[tuple[str, dict[str, str]]]:
    """Return our numbers of a method as texts: all pairs, and each split that there is."""
    costs = part['cost'][method]
    shown, time_ms = {'keypoints': f'{costs["keypoints"]:.0f}'}, costs['milliseconds']
    if time_ms is not None:
        shown['milliseconds'] = f'{time_ms:.0f}' if time_ms >= 10 else f'{time_ms:.1f}'
    groups = part['summary'][method]
    if part['benchmark'] == 'rgbd':
        return [('**here**', shown | {f'{name}, {gap}': share(value) for gap, numbers
                                  in groups.items() for name, value in numbers.items()})]
    return [('**here**' if group == 'all' else f'**here**, {group}',
             (shown if group == 'all' else {})
             | {name: share(value) for name, value in numbers.items()})
            for group, numbers in groups.items()]


def share(value: float) -> str:
    """Return a number of 0 to 1 without the zero before its point."""
    return f'{value:.3f}'.removeprefix('0')


def cells(columns: Mapping[str, Sequence[str]], numbers: Mapping[str, str]) -> list[str]:
    """Return a row's cells; '-' for what it has not."""
    return ['; '.join(numbers.get(name, NONE) for name in names)
            if any(name in numbers for name in names) else NONE for names in columns.values()]
