# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""training/results/*.json -> docs/reproduction: pages of papers and tables, that of accuracy.

Files are <benchmark>-<data>-<size>.json as 'evaluate --brief --out', 'study' and 'ablation' write
them. What a file holds says what it is; one that is neither is an error.
"""
from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from residual_features_ros.errors import OutputError
from training.benchmarks.protocol import size_words
from training.benchmarks.reports import pages, paper
from training.benchmarks.reports.image_pairs import cell, markdown_table
from training.benchmarks.reports.pages.writing import RAW, RAW_PAGES, WRITTEN, WRITTEN_BY
from training.benchmarks.reports.sections import (
    NONE,
    SECTIONS,
    Result,
    kind,
    least_factor,
    on_other_data,
    short,
)

BEGIN = '<!-- written by python -m training reproduction --accuracy docs/accuracy.md -->'
END = '<!-- until here -->'


def main(results: Path, out: Path, accuracy: Path | None = None) -> str:
    """Write the pages into `out`, and the table in `accuracy`; say from how many results.

    Raises:
        OutputError: a page that is there was not written by this; nothing is replaced.
    """
    found = read_results(results)
    texts = {**table_pages(found), **pages.texts(found, data_statement(found))}
    for name in texts:
        refuse_foreign(out / name)
    (out / RAW_PAGES).mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (out / name).write_text(text, encoding='utf-8')
    if accuracy is None:
        return f'{out}: from {len(found)} results in {results}'
    before, found_begin, rest = accuracy.read_text(encoding='utf-8').partition(BEGIN)
    _, found_end, after = rest.partition(END)
    if not (found_begin and found_end):
        raise ValueError(f'{accuracy}: no place for the table, between {BEGIN} and {END}')
    accuracy.write_text(f'{before}{BEGIN}\n{overview(found)}\n{END}{after}', encoding='utf-8')
    return f'{out} and {accuracy}: from {len(found)} results in {results}'


def refuse_foreign(path: Path) -> None:
    """Raise OutputError for a file that is there and was not written by this command."""
    if path.exists() and WRITTEN_BY not in path.read_text(encoding='utf-8', errors='replace'):
        raise OutputError(f'{path}: not written by this command, and not replaced by it')


def overview(results: dict[str, Result]) -> str:
    """Return the text about accuracy: a row for each method, and recall where the image turns."""
    tables = sorted((result for result in results.values() if kind(result) == 'hpatches'),
                    key=lambda result: -result['protocol']['max_keypoints'])
    header, rows = [''], {method: [method] for result in tables for method in result['summary']}
    for result in tables:
        size, count = result['protocol']['size'], result['protocol']['max_keypoints']
        header += [f'{size_words(tuple(size))}, {count} points: correct', 'recall', 'MMA@3',
                   'homography within 1, 3, 5 px']
        for method, row in rows.items():
            numbers = result['summary'].get(method, {}).get('all')
            row += [NONE] * 4 if numbers is None else [
                cell('correct', numbers['correct']), short(numbers['recall'], 3),
                short(numbers['mma@3'], 3),
                ' '.join(short(numbers[f'cor@{px}'], 3) for px in (1, 3, 5))]
    text = [markdown_table(header, list(rows.values()))]
    for result in results.values():
        if kind(result) == 'rotation':
            first, *others = result['recall']
            text += [f'Turned in the image plane from {min(result["angles_deg"]):g} to '
                     f'{max(result["angles_deg"]):g} degrees, {method} has at least '
                     f'{least_factor(result, method):.3f} times the recall of {first} at every '
                     f'angle ({result["data"]["what"]}).' for method in others]
    return '\n\n'.join(text)


def read_results(folder: Path) -> dict[str, Result]:
    """Return the results by file name; ValueError names a file that is none."""
    found = {}
    for path in sorted(folder.glob('*.json')):
        try:
            result = json.loads(path.read_text(encoding='utf-8'))
            if kind(result) not in SECTIONS:
                raise ValueError('neither a benchmark nor a study')
        except (ValueError, AttributeError) as error:
            raise ValueError(f'{path}: not a saved result ({error})') from error
        found[path.stem] = result
    if not found:
        raise ValueError(f'{folder}: no results (*.json)')
    return found


def table_pages(results: dict[str, Result]) -> dict[str, str]:
    """Return a page of tables for each result, and the list of these, by file name."""
    found, listed = {}, []
    for wanted, write in SECTIONS.items():
        for name, result in results.items():
            if kind(result) == wanted:
                section, deviations = write(result)
                # A section has titles of a second and third level; its page those one above.
                parts = [re.sub('^#(?=#)', '', part) for part in section]
                page = f'{RAW_PAGES}/{name}.md'
                found[page] = table_page(name, result, parts, deviations)
                listed.append(f'- [{parts[0].removeprefix("# ")}]({page})')
    return {RAW: '\n\n'.join(['# All tables', WRITTEN, 'A page for each saved result:',
                              '\n'.join(listed), data_statement(results)]) + '\n', **found}


def table_page(name: str, result: Result, parts: Sequence[str], deviations: set[str]) -> str:
    """Return the page of a result: title, what its data are, its tables, what differs."""
    title, *others = parts
    text = [title, f'{WRITTEN} All results: [tables](../{RAW}).', *absent({name: result}), *others,
            f'From `training/results/{name}.json`. Commands have the options as they are called '
            'now: at the commits beside them `--max-keypoints` was called `--keypoints`.']
    if deviations:
        text += ['## Deviations', f'The paper: {paper.TITLE}.',
                 '\n'.join(f'- **{word}**: {meaning}' for word, meaning
                           in paper.DEVIATIONS.items() if word in deviations)]
    return '\n\n'.join(text) + '\n'


def data_statement(results: dict[str, Result]) -> str:
    """Return which data the numbers are not of, and which they are of."""
    return '\n\n'.join(absent(results)) or 'Evaluated on HPatches.'


def absent(results: dict[str, Result]) -> list[str]:
    """Return a sentence for each of the papers' data that were not there, with those instead."""
    evaluated = {result['data']['what'] for result in results.values() if on_other_data(result)}
    trained = {metadata['trained_on'] for result in results.values()
               for metadata in result.get('methods', {}).values() if 'trained_on' in metadata}
    text = []
    if evaluated:
        text.append('**HPatches was absent where this was measured.** In its place: '
                    f'{"; ".join(sorted(evaluated))}. The numbers cannot be compared with the '
                    "paper's. What may be set beside them, of other scenes still, is the factor "
                    'by which MS gains on the hand-crafted descriptor of the same keypoints (in '
                    'brackets).')
    if trained:
        text.append('**MS-COCO was absent where the weights were trained.** In its place: '
                    f'{"; ".join(sorted(trained))}.')
    return text
