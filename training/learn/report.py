# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""report.html: both tables, the curve, and hard pairs won and lost; one file, no scripts."""
from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from residual_features_ros.sign_test import split
from residual_features_ros.tools.evaluate_bag.html import STYLE
from residual_features_ros.tools.plots import plot
from training.data.sources.sequence import open_sequence
from training.learn.chains import GAPS
from training.learn.frames import Frames
from training.learn.judge import HARD_GAP, RIGHT_PX, Judged, Scores, Verdict
from training.learn.options import LearnOptions


def write_report(options: LearnOptions, frames: Frames, found: Verdict, judged: Judged,
                 history: Sequence[Mapping[str, Any]], tried: Sequence[str],
                 shown: Iterable[tuple[str, bytes]], notes: Sequence[str]) -> None:
    """Write the report into the folder of the run.

    Args:
        options: what was asked for.
        frames: of the sequence.
        found: the verdict.
        judged: the scores that it stands on.
        history: the validations of the training.
        tried: what each share of the way from the weights before brought.
        shown: pictures of pairs: captions and JPEGs.
        notes: what does not fit the new weights.
    """
    title = f'{options.method} learned from a sequence: ' + (
        'the new weights are kept' if found.kept else 'no new weights')
    examples = ''.join(image(picture, 'jpeg', caption) for caption, picture in shown)
    parts = [f'<h1>{escape(title)}</h1>', f'<p class="note">{escape(found.why)}</p>',
             *(f'<p class="note">{escape(note)}</p>' for note in notes),
             '<h2>On the unseen part</h2>', table(frame_rows(judged)),
             f'<p>Right matches: within {RIGHT_PX:g} px of the epipolar line that RootSIFT finds. '
             f'Pairs {HARD_GAP} or more used frames apart decide. Pairs of one video are not '
             'independent: p flatters.</p>',
             '<h2>On photographs</h2>', table(still_rows(judged)),
             '<h2>Frames</h2>', table([['images', 'number'], *(
                 [what, str(count)] for what, count in frames.counts.items())]),
             '<h2>Pairs that it learned from</h2>', table(pair_rows(frames)),
             '<h2>While it learned</h2>', curve(history),
             '<p>It begins high: many labels are matches of the weights before. Right matches, '
             'which no weights have labelled, say how far to go:</p>',
             *(f'<p>{escape(line)}</p>' for line in tried),
             '<h2>Hard pairs won and lost</h2>',
             f'<div class="grid">{examples}</div>' if examples else '<p>There are none.</p>']
    (options.out / 'report.html').write_text(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f'<style>{STYLE}</style></head><body>\n' + '\n'.join(parts) + '\n</body></html>\n',
        encoding='utf-8')


def frame_rows(judged: Judged) -> list[list[str]]:
    """Return the table of the unseen part, a row for each gap."""
    rows = [['gap', 'pairs', 'before', 'new', 'gain', 'new is better in']]
    for gap in GAPS:
        new, old = judged.new.of_gap(gap), judged.before.of_gap(gap)
        if old.right:
            rows.append([str(gap), str(len(old.right)), *compared(new, old)])
    return rows


def still_rows(judged: Judged) -> list[list[str]]:
    """Return the table of photographs."""
    new, old = judged.new_stills, judged.before_stills
    return [['', 'pairs', 'before', 'new', 'gain', 'new is better in'],
            ['homographies', str(len(old.right)), *compared(new, old)]]


def pair_rows(frames: Frames) -> list[list[str]]:
    """Return the table of the pairs to train on: how many there are, and what they share."""
    shared = open_sequence(frames.folder)[0].pairs()
    gaps = np.diff(shared.numbers, axis=1).ravel()
    places = np.array([len(first) for first, _ in shared.places])
    return [['gap', 'pairs', 'places in each'], *(
        [str(gap), str((gaps == gap).sum()), f'{places[gaps == gap].mean():.0f}']
        for gap in np.unique(gaps))]


def compared(new: Scores, old: Scores) -> list[str]:
    """Return right matches before and now, the gain, and the sign test, in words."""
    gain = new.total() / max(old.total(), 1) - 1
    won = split(dict(new.right), dict(old.right), 1)
    return [str(old.total()), str(new.total()), f'{gain:+.1%}', won.words()]


def curve(history: Sequence[Mapping[str, Any]]) -> str:
    """Return the recall on the watched part against steps, as a picture or else as a table."""
    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.plot([line['step'] for line in history], [line['recall'] for line in history], 'o-')
        axes.set(xlabel='steps', ylabel='recall on the watched part')
        axes.grid(alpha=0.3)
    picture = plot(draw, 'png', (5.0, 3.0))
    if picture is None:
        return table([['step', 'recall'], *([str(line['step']), f'{line["recall"]:.3f}']
                                            for line in history)])
    return f'<div class="plot grid">{image(picture, "png", "recall against steps")}</div>'


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of words, of which the first is the head."""
    lines = [''.join(f'<t{"d" if number else "h"}>{escape(cell)}</t{"d" if number else "h"}>'
                     for cell in row) for number, row in enumerate(rows)]
    return '<div class="wide"><table>' + ''.join(f'<tr>{line}</tr>' for line in lines) \
        + '</table></div>'


def image(picture: bytes, kind: str, caption: str) -> str:
    """Return a picture with what it shows."""
    data, words = base64.b64encode(picture).decode(), escape(caption)
    return (f'<figure><figcaption>{words}</figcaption>'
            f'<img alt="{words}" src="data:image/{kind};base64,{data}"></figure>')
