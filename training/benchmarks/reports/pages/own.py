# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The rows of this package's own models, which are no paper's."""
from __future__ import annotations

from collections.abc import Mapping

from residual_features_ros.registry import METHODS
from training.benchmarks.reports.image_pairs import markdown_table
from training.benchmarks.reports.pages.comparing import SIZES, value
from training.benchmarks.reports.pages.measured import Measured
from training.benchmarks.reports.pages.verdict import short
from training.benchmarks.reports.published import COR, NONE

TITLE = "This package's own model"
MEANING = ('No paper has these: f sees windows of the image, starts as the hand-crafted '
           'descriptor, and learns by another loss (recipe ours). In brackets the factor of MS to '
           'the hand-crafted descriptor of the same keypoints.')


def text(measured: Measured, written: str) -> str:
    """Return the page; written: by what."""
    columns = ['model', *(f'{size[0]}x{size[1]}, {count} points: Cor-1 Cor-3 Cor-5 MS'
                          for size, count in SIZES)]
    rows = [[method, *(pair_cell(measured, method, size, count) for size, count in SIZES)]
            for method in measured.own()]
    return '\n\n'.join([f'# {TITLE}', written, MEANING, markdown_table(columns, rows)]) + '\n'


def pair_cell(measured: Measured, method: str, size: tuple[int, int], count: int) -> str:
    """Return a model's numbers at a size."""
    found = measured.image_pairs(method, size, count, own=True)
    if found is None:
        return NONE
    text = ' '.join(short(found.numbers[name]) for name in COR)
    base = value(measured.image_pairs(detector_of(method, METHODS), size, count), 'ms')
    return f'{text} ({found.numbers["ms"] / base:.2f})' if base else text


def detector_of(method: str, methods: Mapping[str, object]) -> str:
    """Return the hand-crafted method of a model's keypoints, '' for an unknown model."""
    return str(getattr(methods.get(method), 'detector', ''))
