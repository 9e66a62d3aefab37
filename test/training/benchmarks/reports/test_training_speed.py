# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from support.markdown import read_tables

from training.benchmarks.reports.training_speed import tables

SPEED = {'benchmark': 'training-speed', 'command': 'python -m training training-speed', 'steps': 3,
         'torch': '2', 'environment': {'cpu': 'a CPU', 'commit': 'abc'},
         'methods': {'residual_sift': {
             'recipe': 'paper', 'device': 'cpu', 'precision': 'fp32', 'threads': 1,
             'stages': {'train': {'pairs': 7200, 'pairs_per_second': 1.0},
                        'more': {'pairs': 7200, 'pairs_per_second': 0.5}}}}}


def test_each_stage_has_a_row_in_the_raw_table():
    table, = read_tables('\n\n'.join(tables(SPEED)))
    assert [row[2:6] for row in table[2:]] == [['train', '7,200', '1', '2.0'],
                                               ['more', '7,200', '0.5', '4.0']]
