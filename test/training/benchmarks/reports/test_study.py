# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import pytest

from training.benchmarks.reports import paper
from training.benchmarks.reports.reproduction import table_pages
from training.benchmarks.reports.study import plot, reached, remarks, spread, text, words
from training.convergence import Factor, Reach, factor, last_rise, reach

STEPS = [0, 50, 100, 200]
COMMAND = 'python -m training study data.images=DIR'


def run(scores, machine='cpu, fp32, 1 threads'):
    found = {'steps': STEPS, 'seconds': [0, 5, 10, 20], 'score': scores, 'handcrafted': 0.4,
             'last_rise': last_rise(STEPS, scores), 'machine': machine}
    return {**found, 'reaches': {name: {unit: vars(reach(found[unit], scores, share * 0.4))
                                        for unit in ('steps', 'seconds')}
                                 for name, share in (('50 %', .5), ('75 %', .75), ('100 %', 1))}}


@pytest.fixture
def result():
    """Return a study as it is saved, of one seed and one target."""
    here, there = Reach(50, 100), Reach(100, 200)
    entry = {'seeds': {'0': {'score': 0.3, 'fused': vars(here), 'rival': vars(there),
                             'factor': vars(factor(here, there))}},
             'factor': vars(factor(here, there))}
    return json.loads(json.dumps({
        'protocol': {'settings': {'handcrafted': 'sift'}},
        'runs': {'fused': {0: run([0, 0.2, 0.4, 0.4])},
                 'superpoint': {0: run([0, 0.1, 0.2, 0.31])}},
        'handcrafted': {0: 0.4},
        'comparisons': {'superpoint': {'75 %': {'steps': entry, 'seconds': entry}}},
        'commit': 'abc1234', 'command': COMMAND, 'data': 'made'}))


def test_a_step_stands_between_two_validations():
    assert reached(Reach(50, 100)) == '50-100'
    assert reached(Reach(900, None)) == '> 900'
    assert reached(Reach(0, 0)) == '0'


@pytest.mark.parametrize(('values', 'expected'), [
    ((8, 10, 5, 16), '8.0 to 10.0 (5.0 to 16.0)'), ((8, 10, 5, None), '8.0 to 10.0 (5.0 or more)'),
    ((None, None, 5, None), 'at least 5.0'), ((None, None, None, 0.5), 'at most 0.5'),
    ((None, None, None, None), '-')])
def test_a_factor_is_an_interval_and_never_one_number(values, expected):
    assert words(Factor(*values)) == expected


def test_numbers_of_seeds_have_a_mean_and_a_range():
    assert spread([0.1, 0.2, 0.6]) == '0.300 (0.100-0.600)'
    assert spread([0.1]) == '0.100' and spread([]) == '-'


def test_the_text_has_runs_factors_and_which_rival_still_rises(result):
    lines = text(result).splitlines()
    assert lines[2].split() == ['fused', '0', '200', '20', '0.400', '+0.000', '0-50', '50-100',
                                '50-100']
    assert lines[3].split()[5:] == ['+0.110', '50-100', '100-200', '>', '200']
    assert '2.0 to 2.0 (1.0 to 4.0)' in text(result)
    assert 'fused no longer rises' in text(result)
    assert ('superpoint still rises, by up to 0.110 in the last third of its steps: at its own '
            'score the factor is that of this budget.') in text(result)


def test_of_what_has_not_begun_to_learn_it_is_not_said_that_it_no_longer_rises(result):
    result['runs']['superpoint']['0'] = run([0.01, 0.01, 0.02, 0.01])
    result['runs']['fused']['0'] = run([0, 0.2, 0.3, 0.4])
    said = remarks(result)
    assert said[1] == 'fused still rises, by up to 0.100 in the last third of its steps.'
    assert said[2].startswith('superpoint has not begun to learn: at its own score')


def test_seconds_of_two_machines_and_too_few_validations_are_said(result):
    result['runs']['fused']['0'] |= {'machine': 'H100, bf16, 1 threads', 'last_rise': None}
    said = ' '.join(remarks(result))
    assert 'H100, bf16, 1 threads; cpu, fp32, 1 threads: seconds cannot be compared' in said
    assert 'fused has too few validations' in said


def test_the_page(result):
    found = table_pages({'study': result})['tables/study.md']
    assert paper.CONVERGENCE in found and f'made: `{COMMAND}`, commit abc1234.' in found
    assert '| superpoint | 75 % | 0.300 | 50-100 | 100-200 | 2.0 to 2.0 (1.0 to 4.0) |' in found
    assert '| 100 | 0.400 | 0.200 |' in found and '**convergence**' in found


def test_the_picture_has_all_runs(result, tmp_path):
    plot(result, tmp_path / 'a.png')
    assert cv2.imread(str(tmp_path / 'a.png')).shape[1] > 1000
