# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Results of several seeds as a table of means and ranges, beside what the paper ablates."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from residual_features_ros import text_table
from training.benchmarks.posed_features import digits
from training.benchmarks.protocol import size_words
from training.benchmarks.reports import ablation, paper, published
from training.benchmarks.reports.image_pairs import markdown_table

NONE = '-'
# What is shown of a benchmark; of the validation what an ablation shows of the kind.
NUMBERS = {'hpatches': ('correct', 'recall', 'ms', 'mma@3', 'cor@1', 'cor@3', 'cor@5'),
           'stereo': ('matches', 'inliers', 'mAA@5', 'mAA@10'),
           'multiview': ('registered', 'landmarks', 'track', 'mAA@5', 'mAA@10'),
           'reconstruction': ('registered', 'points', 'track', 'reproj_px')}
MEANING = ('Mean over seeds, and in brackets the least and the most; without brackets all are the '
           'same.')
SIFT = 'Ours (SIFT)'
# The same ablation in the paper, on its data; * is without fusion, Small half of h.
PAPER = {
    'localisation': 'The paper, Tables 2 and 4 (day; night; within .25, .5, 5 m; * without '
                    'fusion): ' + '. '.join((
                        paper.day_and_night(published.RESIDUAL_2, SIFT),
                        paper.day_and_night(published.RESIDUAL_4, f'{SIFT}*', 'Small (SIFT)',
                                            'Small (SIFT)*'))) + '.',
    **{benchmark: f'The paper, Table 5 (without fusion, {benchmark} mAA at 5 and 10 degrees): '
                  + '; '.join(paper.quoted(published.RESIDUAL_5, row, f'{benchmark} mAA')
                              for row in (f'2k {SIFT}', f'8k {SIFT}')) + '.'
       for benchmark in ('stereo', 'multiview')}}


def text(result: Mapping[str, Any]) -> str:
    """Return the tables of all groups as text."""
    return '\n\n'.join('\n'.join((group, text_table.table(*table(result, group))))
                       for group in result['summary'])


def section(result: Mapping[str, Any]) -> list[str]:
    """Return a saved result as a section of the document of all results."""
    protocol = result['protocol']
    found = [f'## Ablation over seeds: {result["of"]}, {size_words(tuple(protocol["size"]))}, '
             f'{protocol["max_keypoints"]} keypoints',
             f'{result["trained"]} {MEANING} {result["data"]["what"]}. '
             + PAPER.get(result['of'], '')]
    for group in result['summary']:
        found += [f'{group}:', markdown_table(*table(result, group))]
    return [*found, f'For each seed `{result["evaluated"]}`, then `{result["command"]}`, commit '
            f'{result["environment"]["commit"]}.']


def table(result: Mapping[str, Any], group: str) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a group: each method's steps, seeds and numbers."""
    methods = result['summary'][group]
    known = dict.fromkeys(name for every in methods.values() for name in every)
    names = [name for name in columns(result['of'], group, list(known)) if name in known]
    rows = []
    for method, every in methods.items():
        steps = result['methods'][method]['steps']
        rows.append([method, ', '.join(map(str, dict.fromkeys(steps))) or NONE,
                     str(len(steps)) if steps else NONE,
                     *(cell(every.get(name)) for name in names)])
    return ['method', 'steps', 'seeds', *names], rows


def columns(of: str, group: str, known: list[str]) -> list[str]:
    """Return the numbers that are shown; of a localisation the shares within its limits."""
    if of == 'validation':
        return list(ablation.NUMBERS[group])
    return list(NUMBERS.get(of, [name for name in known if name.endswith('deg') and ',' in name]
                            or known))


def cell(number: Mapping[str, float] | None) -> str:
    """Return mean and range, '-' for none."""
    if number is None:
        return NONE
    mean, least, most = (digits(number[name]) for name in ('mean', 'least', 'most'))
    return mean if least == most else f'{mean} ({least} to {most})'
