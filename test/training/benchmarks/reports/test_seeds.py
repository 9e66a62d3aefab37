# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from training.benchmarks.reports.reproduction import table_pages
from training.benchmarks.reports.seeds import PAPER, cell, table


def number(mean, least, most):
    return {'mean': mean, 'least': least, 'most': most, 'seeds': 2}


def result(of, group, numbers):
    """Return an ablation over two seeds as it is saved."""
    return {'benchmark': 'seeds', 'of': of, 'command': 'python -m training ablation 0.json',
            'evaluated': 'python -m training evaluate', 'environment': {'commit': 'abc1234'},
            'protocol': {'size': [640, 480], 'max_keypoints': 1000}, 'data': {'what': 'Made'},
            'trained': 'Two steps.',
            'methods': {'sift': {'steps': []}, 'residual_sift': {'steps': [2, 2]}},
            'summary': {group: {'sift': {name: number(1, 1, 1) for name in numbers},
                                'residual_sift': dict.fromkeys(numbers, number(2, 1.5, 2.5))}}}


def test_a_cell_has_a_range_where_there_is_one():
    assert cell(number(0.5, 0.25, 0.75)) == '0.500 (0.250 to 0.750)'
    assert cell(number(0.5, 0.5, 0.5)) == '0.500' and cell(None) == '-'


@pytest.mark.parametrize(('of', 'group', 'names'), [
    ('hpatches', 'all', ['recall', 'ms', 'cor@1']), ('validation', 'video', ['inliers', 'epi@3']),
    ('stereo', 'all, essential', ['mAA@5', 'mAA@10']),
    ('localisation', 'all', ['0.25m,2deg', '5m,10deg'])])
def test_the_numbers_of_a_benchmark_are_shown(of, group, names):
    header, rows = table(result(of, group, [*names, 'other', 'median_deg']), group)
    assert header == ['method', 'steps', 'seeds', *names]
    assert rows == [['sift', '-', '-', *['1.000'] * len(names)],
                    ['residual_sift', '2', '2', *['2.000 (1.500 to 2.500)'] * len(names)]]


def test_seeds_of_unequal_lengths_are_told():
    found = result('hpatches', 'all', ['recall'])
    found['methods']['residual_sift']['steps'] = [2, 3]
    assert table(found, 'all')[1][1][:3] == ['residual_sift', '2, 3', '2']


@pytest.mark.parametrize(('of', 'said'), [
    ('localisation', 'Ours (SIFT) 87.0 94.8 97.9; 62.3 80.6 95.3. Ours (SIFT)* 83.7 91.7 97.1; '
                     '56.0 75.9 90.1. Small (SIFT) 86.8 93.9 98.4; 60.7 78.5 91.6. '
                     'Small (SIFT)* 84.0 92.0 96.6; 55.5 71.2 86.4.'),
    ('stereo', '2k Ours (SIFT) .0770 .1295; 8k Ours (SIFT) .1584 .2492.'),
    ('multiview', '2k Ours (SIFT) .3214 .4126; 8k Ours (SIFT) .3336 .4640.')])
def test_the_papers_ablation_stands_beside_ours(of, said):
    assert PAPER[of].endswith(said)
    pages = table_pages({'made': result(of, 'all', ['mAA@5', '5m,10deg'])})
    assert PAPER[of] in pages['tables/made.md']


def test_the_page():
    found = table_pages({'made': result('hpatches', 'all', ['recall'])})['tables/made.md']
    assert '# Ablation over seeds: hpatches, 640x480, 1000 keypoints' in found
    assert '| residual_sift | 2 | 2 | 2.000 (1.500 to 2.500) |' in found
    assert 'Two steps. Mean over seeds' in found and 'commit abc1234.' in found
