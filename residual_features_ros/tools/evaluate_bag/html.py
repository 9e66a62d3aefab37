# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""report.html: one file with everything in it, no scripts, nothing loaded."""
from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from residual_features_ros.drawing import TAIL_FRAMES
from residual_features_ros.sign_test import Split
from residual_features_ros.tools.evaluate_bag import gap_tables
from residual_features_ros.tools.evaluate_bag.columns import best_cells, headings
from residual_features_ros.tools.evaluate_bag.report import Report
from residual_features_ros.tools.evaluate_bag.sign_test import split_cells, split_columns

STYLE = """
:root { color-scheme: light dark; --text: #222; --faint: #595959; --line: #ddd; --page: #fff;
        --best: #dff0df; --note: #fff6e0; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
       max-width: 1200px; margin: 1.5em auto; padding: 0 1em; overflow-wrap: break-word; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin-top: 2em; }
.wide td { white-space: nowrap; }
.wide { overflow-x: auto; background: linear-gradient(to left, var(--page) 2em, transparent) local,
        linear-gradient(to left, var(--line), transparent 1.5em); }
table { border-collapse: collapse; margin: .5em 0; font-variant-numeric: tabular-nums; }
td, th { padding: .25em .6em; border-bottom: 1px solid var(--line); text-align: right; }
th { vertical-align: bottom; }
td:first-child, th:first-child { text-align: left; position: sticky; left: 0;
                                 background: var(--page); }
.plain td { text-align: left; vertical-align: top; overflow-wrap: anywhere; }
.plain td:first-child { overflow-wrap: normal; } .plain td + td { min-width: 4em; }
.best { font-weight: 600; background: var(--best); }
.note { background: var(--note); border-left: 4px solid #e0a000; padding: .3em .8em; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 460px), 1fr));
        gap: 1.2em; }
figure { margin: 0; } img { width: 100%; display: block; }
figcaption { color: var(--faint); margin-bottom: .2em; }
@media (prefers-color-scheme: dark) {
  :root { --text: #ddd; --faint: #a0a0a0; --line: #444; --page: #181818; --best: #234a23;
          --note: #40340f; }
  .plot img { filter: invert(.9) hue-rotate(180deg); }
}
"""


def write_html(path: Path, report: Report, plots: Mapping[str, bytes],
               examples: Mapping[str, Mapping[str, bytes]]) -> None:
    """Write the report.

    Args:
        path: of the file.
        report: the numbers.
        plots: PNG pictures by title.
        examples: JPEG pictures by method and by what it shows.
    """
    parts = [f'<h1>{escape(report.title)}</h1>', _numbers(report),
             _splits(report.split_title(), report.labelled_splits()), _gaps(report),
             *(f'<p class="note">{escape(note)}</p>' for note in report.notes),
             '<h2>Images</h2>', _plain(report.told_frames()), '<h2>Plots</h2>',
             _grid('plot', (_figure(title, picture, 'png') for title, picture in plots.items()))]
    if any(examples.values()):
        parts += ['<h2>Example frames</h2><p>Tracks of inliers over the last '
                  f'{TAIL_FRAMES} images: blue ones are young, red ones old.</p>',
                  _grid('example', (_figure(f'{method}, {what}', picture, 'jpeg')
                                    for method, pictures in examples.items()
                                    for what, picture in pictures.items()))]
    parts += ['<h2>What the columns mean</h2>', _plain(report.legend().items()),
              '<h2>Settings</h2>', _plain(report.settings.items()),
              '<h2>Versions</h2>', _plain(report.versions.items())]
    path.write_text('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
                    '<meta name="viewport" content="width=device-width">'
                    f'<title>{escape(report.title)}</title><style>{STYLE}</style></head><body>\n'
                    + '\n'.join(parts) + '\n</body></html>\n', encoding='utf-8',
                    errors='backslashreplace')  # names of files need not be Unicode


def _numbers(report: Report) -> str:
    columns, rows = report.columns(), report.cells()
    return _wide(['method', *headings(columns)], rows, [best_cells(rows, columns)] * len(rows))


def _splits(title: str, labelled: Mapping[str, Mapping[str, Split]]) -> str:
    rows = split_cells(labelled)
    if not rows:
        return ''
    names = [heading for _, heading in split_columns(labelled.values())]
    unmarked = [[None] * len(names)] * len(rows)
    return f'<p>{escape(title)}:</p>' + _wide(['', *names], rows, unmarked)


def _gaps(report: Report) -> str:
    results = report.further()
    if not results:
        return ''
    columns, groups = gap_tables.columns(results), gap_tables.groups(results)
    table = _wide(['', *headings(columns)], [row for rows in groups for row in rows],
                  [best_cells(rows, columns) for rows in groups for _ in rows])
    return (f'<h2>{gap_tables.TITLE}</h2>{table}'
            + _splits(report.split_title(), gap_tables.labelled_splits(results)))


def _wide(headings: Sequence[str], rows: Sequence[Sequence[str]],
          best: Sequence[Sequence[str | None]]) -> str:
    """Return a table that scrolls; best: of each row the words to mark in its columns."""
    head = ''.join(f'<th>{escape(heading)}</th>' for heading in headings)
    lines = ''.join(f'<tr><td>{escape(name)}</td>' + ''.join(
        f'<td{" class=best" if cell == winner else ""}>{escape(cell)}</td>'
        for cell, winner in zip(cells, winners, strict=True)) + '</tr>'
        for (name, *cells), winners in zip(rows, best, strict=True))
    return f'<div class="wide"><table><tr>{head}</tr>{lines}</table></div>'


def _plain(rows: Iterable[tuple[object, object]]) -> str:
    cells = ''.join(f'<tr><td>{escape(str(a))}</td><td>{escape(str(b))}</td></tr>'
                    for a, b in rows)
    return f'<table class="plain">{cells}</table>'


def _grid(kind: str, figures: Iterable[str]) -> str:
    return f'<div class="grid {kind}">{"".join(figures)}</div>'


def _figure(title: str, picture: bytes, kind: str) -> str:
    data, words = base64.b64encode(picture).decode(), escape(title)
    return (f'<figure><figcaption>{words}</figcaption>'
            f'<img alt="{words}" src="data:image/{kind};base64,{data}"></figure>')
