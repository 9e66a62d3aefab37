# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pages of papers and their index in Markdown."""
from __future__ import annotations

import re
from collections.abc import Sequence

from training.benchmarks.reports.image_pairs import markdown_table
from training.benchmarks.reports.pages import hours
from training.benchmarks.reports.pages.measured import Found, Measured, Result
from training.benchmarks.reports.pages.page import Page, Shown
from training.benchmarks.reports.pages.verdict import MEANING, NOT_MEASURED, short
from training.benchmarks.reports.published import NONE

WRITTEN_BY = 'Written by `python -m training reproduction`'
WRITTEN = f'{WRITTEN_BY} from `training/results`; a test compares them. Do not edit.'
RAW, RAW_PAGES = 'tables.md', 'tables'  # the list of all tables, the folder of their pages


def page_text(page: Page, measured: Measured) -> str:
    """Return a page."""
    parts = [f'# {page.title}', WRITTEN, '## Claims', claims_table(page, measured), '## Tables',
             "Ours stand beside the paper's where there is a method for the row, on the data and "
             'with the number of keypoints that "Measured by" names: **they show the direction, '
             'not the value**, wherever data are missing. All numbers: [tables](tables.md).']
    for shown in page.tables:
        parts += [f'### {title(shown)}', shown_table(shown, measured)]
    parts += [page.note] if page.note else []
    used = sources(page, measured)
    if used:
        parts += ['## Measured by', '\n'.join(f'- {command(measured.results[name], methods)}'
                                              for name, methods in sorted(used.items()))]
    parts += ['## Deviations', markdown_table(
        ['paper', 'here', 'where'],
        [[f'**{one.word}**: {one.paper}' if one.word else one.paper, one.here, one.where]
         for one in page.deviations])]
    return '\n\n'.join([*parts, '## Hardware', hours.text(measured, page.schedules)]) + '\n'


def claims_table(page: Page, measured: Measured) -> str:
    """Return a row for each claim."""
    rows = []
    for claim in page.claims:
        finding = claim.find(measured)
        rows.append([claim.text, claim.published, claim.place, finding.ours, finding.verdict,
                     ', '.join(claim.deviations) or NONE])
    return markdown_table(['claim', 'paper', 'place', 'ours', 'verdict', 'deviations'], rows)


def title(shown: Shown) -> str:
    """Return the heading of a table."""
    return f'{shown.table.place[0].upper()}{shown.table.place[1:]}: {shown.table.about}'


def shown_table(shown: Shown, measured: Measured) -> str:
    """Return the paper's rows, ours beside them, and the data that are missing."""
    rows = []
    for row in (*shown.table.rows, *shown.also):
        method = methods_of(shown).get(row, '')
        found = shown.ours(measured, method, row) if method else None
        printed = shown.table.rows.get(row)
        rows.append([row, method or NONE,
                     ' '.join(printed[column] for column in shown.columns) if printed else NONE,
                     ours(shown, found) if method else NONE,
                     missing(shown, found, measured) if printed else NONE])
    head = shown.head or ' '.join(shown.columns)
    names = '' if shown.head or shown.names in ((), shown.columns) else ' '.join(shown.names)
    return markdown_table(['row', 'here', head, f'ours: {names}' if names else 'ours', 'missing'],
                          rows)


def methods_of(shown: Shown) -> dict[str, str]:
    """Return our methods by row."""
    return {**shown.here, **shown.also}


def missing(shown: Shown, found: Found | None, measured: Measured) -> str:
    """Return the data that are missing, '-' where ours are of them."""
    what = {measured.results[name]['data']['what'] for name in numbers_from(shown, found)}
    return NONE if what and all(shown.missing in text for text in what) else shown.missing


def numbers_from(shown: Shown, found: Found | None) -> set[str]:
    """Return the files that the numbers of a row are from."""
    return {found.sources[name] for name in shown.names if name in found.numbers} \
        if found else set()


def sources(page: Page, measured: Measured) -> dict[str, set[str]]:
    """Return the methods of the page's tables by the file that their numbers are from."""
    used: dict[str, set[str]] = {}
    for shown in page.tables:
        for row, method in methods_of(shown).items():
            for name in numbers_from(shown, shown.ours(measured, method, row)):
                used.setdefault(name, set()).add(method)
    return used


def ours(shown: Shown, found: Found | None) -> str:
    """Return our numbers in the order of the paper's; '-' for one that there is not."""
    if found is None or not any(name in found.numbers for name in shown.names):
        return NOT_MEASURED
    return ' '.join(cell(found.numbers.get(name), shown.percent) for name in shown.names)


def cell(value: float | None, percent: bool) -> str:
    """Return a share as a number without its zero or as per cent, and others with a digit."""
    if value is None:
        return NONE
    if percent:
        return f'{100 * value:.1f}'
    return short(value) if value <= 1 else f'{value:.1f}'


def command(result: Result, methods: set[str]) -> str:
    """Return what a result is of, and its command with the methods shown alone."""
    every = result['protocol']['methods']
    text = result['command'].replace(
        f'--methods {",".join(every)}',
        f'--methods {",".join(method for method in every if method in methods)}')
    return f'{result["data"]["what"]}: `{text}`, commit {result["environment"]["commit"]}'


def index_text(pages: Sequence[Page], measured: Measured, statement: str) -> str:
    """Return the index; statement: which data were at hand."""
    schedules = [schedule for page in pages for schedule in page.schedules]
    rows = [[f'[{page.name}]({page.name}.md)', claim.text, claim.find(measured).verdict]
            for page in pages for claim in page.claims]
    count = {word: sum(row[2] == word for row in rows) for word in MEANING}
    words = [[word, meaning, str(count[word])] for word, meaning in MEANING.items()]
    return '\n\n'.join([
        '# Reproduction', WRITTEN, 'A page for each paper has its claims and tables beside what '
        'is measured here, the deviations and the hardware that the whole takes; '
        '[tables](tables.md) has all numbers, a page for each saved result, '
        "[own](own.md) this package's own models, which are no paper's, "
        '[checks](checks.md) what the trainer does when it is asked wrongly.',
        statement, '## Verdicts', markdown_table(['verdict', 'meaning', 'claims'], words),
        markdown_table(['paper', 'claim', 'verdict'], rows), '## Hardware',
        hours.text(measured, schedules)]) + '\n'


def words_of(text: str) -> int:
    """Return how many words a page has; numbers and marks of tables are none."""
    return len(re.findall(r'[^\s|`]*[A-Za-z][^\s|`]*', text))
