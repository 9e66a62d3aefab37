# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Trials as a table, medians with their range over the seeds, and as JSON."""
from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.text_table import table
from residual_features_ros.tools.evaluate_slam.trial import NEVER, Trial

LEGEND = (
    'each cell: median (least to largest) of the seeds',
    'posed: share of the images that are not black and have a pose in the map at the end',
    'ATE: root mean square of the distances to the true places after alignment by a similarity, '
    'in the unit of the truth; after: that of the images after the black ones',
    'relocalised: after how many images with light the camera is found again, and in how many '
    'runs it is')
Figure = Callable[[Trial], float]
COLUMNS: tuple[tuple[str, Figure, str], ...] = (
    ('posed', lambda trial: 100 * trial.posed / max(trial.images, 1), '.0f'),
    ('ATE', lambda trial: trial.ate, '.3f'),
    ('after', lambda trial: trial.ate_after, '.3f'),
    ('keyframes', lambda trial: trial.keyframes, '.0f'),
    ('loops', lambda trial: trial.loops, '.0f'),
    ('ms', lambda trial: trial.image_ms, '.0f'))


def as_text(name: str, trials: Sequence[Trial], notes: Sequence[str]) -> str:
    """Return the table of trials, what its columns mean, and notes."""
    groups: dict[tuple[str, float], list[Trial]] = {}
    for trial in trials:
        groups.setdefault((trial.method, trial.black_s), []).append(trial)
    rows = [[method, f'{black:g}', *[spread([figure(trial) for trial in group], form)
                                     for _, figure, form in COLUMNS], _relocalised(group)]
            for (method, black), group in groups.items()]
    names = [column for column, _, _ in COLUMNS]
    return '\n'.join([f'{name}, {len(trials)} runs',
                      table(['method', 'black s', *names, 'relocalised'], rows), '', *LEGEND,
                      *(f'note: {note}' for note in notes)])


def spread(values: Sequence[float], form: str) -> str:
    """Return the median and the range of what is not NaN, '-' for nothing."""
    known = np.array([value for value in values if np.isfinite(value)])
    if not len(known):
        return '-'
    low, middle, high = (format(value, form) for value in
                         (known.min(), np.median(known), known.max()))
    return middle if low == high else f'{middle} ({low} to {high})'


def _relocalised(trials: Sequence[Trial]) -> str:
    if trials[0].relocalised is None:
        return '-'
    found = [trial.relocalised for trial in trials if trial.relocalised not in (None, NEVER)]
    if not found:
        return 'never'
    return f'{spread(found, ".0f")}, {len(found)} of {len(trials)}'  # type: ignore[arg-type]


def write_json(path: Path, made_with: dict[str, Any], trials: Sequence[Trial],
               notes: Sequence[str]) -> None:
    """Write what the runs were made with, each of them in a line, and notes; NaN is null."""
    found = [json.dumps({key: _rounded(value) for key, value in dataclasses.asdict(trial).items()})
             for trial in trials]
    parts = [f'{json.dumps(name)}: {json.dumps(value)}' for name, value in made_with.items()]
    parts += ['"trials": [\n' + ',\n'.join(found) + ']', f'"notes": {json.dumps(list(notes))}']
    path.write_text('{' + ',\n'.join(parts) + '}\n', encoding='utf-8')


def _rounded(value: Any) -> Any:
    """Return a number to six digits, NaN as None, and anything else as it is."""
    if not isinstance(value, float):
        return value
    return float(f'{value:.6g}') if np.isfinite(value) else None
