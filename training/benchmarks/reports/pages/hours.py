# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What hardware a paper's whole training takes, in hours, of `training-speed`'s results."""
from __future__ import annotations

from collections.abc import Sequence

from training.benchmarks.reports.image_pairs import markdown_table
from training.benchmarks.reports.pages.measured import Measured
from training.benchmarks.reports.pages.page import Schedule
from training.benchmarks.reports.pages.verdict import NOT_MEASURED
from training.benchmarks.reports.published import NONE
from training.training_speed import hours

COLUMNS = ('method', 'recipe', 'samples', 'runs', 'on', 'samples per second', 'hours of a run',
           'hours of all', 'data')
MEANING = ('Training alone, by the speed of a few real steps of each stage (`python -m training '
           'training-speed`), on machines that had other work too: right within a factor of two. '
           'Labels, exports and evaluations are not in it.')


def text(measured: Measured, schedules: Sequence[Schedule]) -> str:
    """Return the meaning and a row for each schedule and machine."""
    rows = [row for schedule in schedules for row in rows_of(measured, schedule)]
    return f'{MEANING}\n\n{markdown_table(COLUMNS, rows)}'


def rows_of(measured: Measured, schedule: Schedule) -> list[list[str]]:
    """Return a schedule's row for each machine that it was measured on."""
    rows = []
    for _, result in measured.of('training-speed'):
        found = result['methods'].get(schedule.method)
        if not found or found['recipe'] != schedule.recipe:
            continue
        stages = found['stages']
        samples, one = sum(stage['pairs'] for stage in stages.values()), hours(stages)
        device = result['environment']['cpu'] if found['device'] == 'cpu' else found['device']
        rows.append([schedule.method, schedule.recipe, f'{samples:,}', str(schedule.runs),
                     f'{device}, {found["precision"]}, threads: {found["threads"]}',
                     f'{samples / one / 3600:.3g}', f'{one:,.0f}',
                     f'{schedule.runs * one:,.0f}', schedule.data])
    return rows or [[schedule.method, schedule.recipe, NONE, str(schedule.runs), NOT_MEASURED,
                     NONE, NONE, NONE, schedule.data]]
