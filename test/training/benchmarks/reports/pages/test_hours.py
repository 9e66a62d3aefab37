# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from support.markdown import read_tables

from training.benchmarks.reports.pages.hours import text
from training.benchmarks.reports.pages.measured import Measured
from training.benchmarks.reports.pages.page import Schedule

SPEED = {'benchmark': 'training-speed', 'command': 'python -m training training-speed', 'steps': 3,
         'torch': '2', 'environment': {'cpu': 'a CPU', 'commit': 'abc'},
         'methods': {'residual_sift': {
             'recipe': 'paper', 'device': 'cpu', 'precision': 'fp32', 'threads': 1,
             'stages': {'train': {'pairs': 7200, 'pairs_per_second': 1.0},
                        'more': {'pairs': 7200, 'pairs_per_second': 0.5}}}}}
PAPER, OURS = (Schedule('residual_sift', recipe, 8, 'COCO') for recipe in ('paper', 'ours'))


def test_hours_are_those_of_all_stages_and_runs():
    table, = read_tables(text(Measured({'a': SPEED}), [PAPER]))
    assert table[2] == ['residual_sift', 'paper', '14,400', '8', 'a CPU, fp32, threads: 1',
                        '0.667', '6', '48', 'COCO']


def test_another_recipe_is_not_this_one():
    table, = read_tables(text(Measured({'a': SPEED}), [OURS]))
    assert table[2][4] == 'not measured'


def test_each_machine_has_a_row():
    table, = read_tables(text(Measured({'a': SPEED, 'b': SPEED}), [PAPER]))
    assert len(table) == 4
