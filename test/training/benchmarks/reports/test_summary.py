# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
from support.markdown import read_tables

from training.benchmarks.reports.pages.goodpoint import in_summary
from training.benchmarks.reports.pages.measured import Measured
from training.benchmarks.reports.summary import tables

FLAT = {'goodpoint': {'coverage': 0.5}, 'superpoint': {'coverage': 0.4}}
BY_SCENE = {'goodpoint': {'a': {'coverage': 0.5}, 'b': {'coverage': 0.1}},
            'superpoint': {'a': {'coverage': 0.4}, 'b': {'coverage': 0.4}}}


def result(summary):
    return {'benchmark': 'fire', 'summary': summary, 'data': {'what': 'made'}, 'methods': {},
            'command': 'python', 'environment': {'commit': 'abc'}}


@pytest.mark.parametrize(('summary', 'rows', 'word'), [
    (FLAT, [['goodpoint', 'all', '0.500'], ['superpoint', 'all', '0.400']], 'holds'),
    (BY_SCENE, [['goodpoint', 'a', '0.500'], ['goodpoint', 'b', '0.100'],
                ['superpoint', 'a', '0.400'], ['superpoint', 'b', '0.400']], 'no')])
def test_a_summary_is_shown_and_judged(summary, rows, word):
    table, = read_tables('\n\n'.join(tables(result(summary))))
    assert table[2:] == rows
    find = in_summary('fire', 'coverage', 'FIRE')
    assert find(Measured({'f': result(summary)})).verdict == word
    assert find(Measured({})).verdict == 'no-data'
