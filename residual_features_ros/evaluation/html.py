# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""report.html: one file with everything in it, no scripts, nothing loaded."""
from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np

from residual_features_ros.evaluation.report import Report

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 1100px; margin: 2em auto;
       padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin-top: 2em; }
table { border-collapse: collapse; margin: .5em 0; }
td, th { padding: .25em .7em; border-bottom: 1px solid #ddd; text-align: right; }
td:first-child, th:first-child { text-align: left; }
.plain td { text-align: left; font-size: .9em; vertical-align: top; }
.best { font-weight: 600; background: #e8f4e8; }
.note { background: #fff6e0; border-left: 4px solid #e0a000; padding: .3em .8em; margin: .3em 0; }
img { max-width: 100%; display: block; margin: .4em 0; } figcaption { color: #555; }
figure { margin: 1em 0; }
"""


def write_html(path: Path, report: Report, plots: Mapping[str, bytes],
               examples: Mapping[str, Sequence[bytes]]) -> None:
    """Write the report.

    Args:
        path: of the file.
        report: the numbers.
        plots: PNG pictures by title.
        examples: JPEG pictures by method.
    """
    parts = [f'<h1>{escape(report.title)}</h1>', _numbers(report),
             *(f'<p class="note">{escape(note)}</p>' for note in report.notes),
             '<h2>Images</h2>', _plain((what, count) for what, count in report.frames.items())]
    for title, picture in plots.items():
        parts.append(f'<h2>{escape(title)}</h2>{_image(picture, "png", title)}')
    if any(examples.values()):
        parts.append('<h2>Tracks</h2><p>Tracks of inliers over the last 12 images: blue ones are '
                     'young, red ones old.</p>')
    for method, pictures in examples.items():
        parts += [f'<figure>{_image(picture, "jpeg", method)}<figcaption>{escape(method)}'
                  '</figcaption></figure>' for picture in pictures]
    parts += ['<h2>What the columns mean</h2>', _plain(report.legend().items()),
              '<h2>Settings</h2>', _plain(report.settings.items()),
              '<h2>Versions</h2>', _plain(report.versions.items())]
    path.write_text('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
                    f'<title>{escape(report.title)}</title><style>{STYLE}</style></head><body>\n'
                    + '\n'.join(parts) + '\n</body></html>\n', encoding='utf-8')


def _numbers(report: Report) -> str:
    head = ''.join(f'<th>{escape(heading)}</th>' for _, heading, *_ in report.columns())
    rows = []
    for cells, values in zip(report.cells(), report.methods.values(), strict=True):
        words = [f'<td>{escape(cells[0])}</td>']
        for (key, _, _, more), cell in zip(report.columns(), cells[1:], strict=True):
            kind = ' class="best"' if more is not None and _is_best(report, key, more,
                                                                     values) else ''
            words.append(f'<td{kind}>{escape(cell)}</td>')
        rows.append(f'<tr>{"".join(words)}</tr>')
    return f'<table><tr><th>method</th>{head}</tr>{"".join(rows)}</table>'


def _is_best(report: Report, key: str, more: bool, values: Mapping[str, float]) -> bool:
    """Return whether no other method does better; among one method none is best."""
    known = [v[key] for v in report.methods.values() if np.isfinite(v.get(key, np.nan))]
    return len(known) > 1 and values.get(key) == (max(known) if more else min(known))


def _plain(rows: Iterable[tuple[object, object]]) -> str:
    cells = ''.join(f'<tr><td>{escape(str(a))}</td><td>{escape(str(b))}</td></tr>'
                    for a, b in rows)
    return f'<table class="plain">{cells}</table>'


def _image(picture: bytes, kind: str, title: str) -> str:
    data = base64.b64encode(picture).decode()
    return f'<img alt="{escape(title)}" src="data:image/{kind};base64,{data}">'
