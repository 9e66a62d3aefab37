# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import copy

import pytest
from support.markdown import read_tables
from support.paths import ROOT

from training.benchmarks.reports.pages.measured import Measured
from training.benchmarks.reports.pages.residual import PAGE, both, of_challenge
from training.benchmarks.reports.pages.writing import page_text
from training.benchmarks.reports.published import RESIDUAL_5
from training.benchmarks.reports.reproduction import read_results

RESULTS = read_results(ROOT / 'training' / 'results')
NUMBERS = {'cor@1': 0.5, 'cor@3': 0.6, 'cor@5': 0.99, 'ms': 0.45}


def with_model(fusion, **numbers):
    """Return the committed results with residual_sift in those of image pairs."""
    results = copy.deepcopy(RESULTS)
    for result in results.values():
        if result.get('benchmark') == 'hpatches':
            result['methods']['residual_sift'] = {'fusion': fusion}
            result['protocol']['methods'].append('residual_sift')
            result['summary']['residual_sift'] = {'all': {**result['summary']['sift']['all'],
                                                          **NUMBERS, **numbers}}
    return page_text(PAGE, Measured(results))


def rows(text, of):
    return {row[0]: row for table in read_tables(text, of) for row in table[2:]}


@pytest.mark.parametrize(('ms', 'word'), [(0.45, 'holds'), (0.2, 'no')])
def test_a_changed_result_changes_the_page(ms, word):
    text = with_model('paper', ms=ms)
    claim = rows(text, 'claim')["More of its matches are right than of SIFT's (MS)"]
    assert claim[1] == '.407 v .289; .400 v .268' and claim[4] == word
    shown = f'{ms:.3f}'.removeprefix('0')
    assert claim[3] == f'640x480 {shown} v .278; 320x240 {shown} v .349'
    large = read_tables(text, 'row')[0]
    assert ['Ours (SIFT)', 'residual_sift', '.547 .859 .933 .407', f'.500 .600 .990 {shown}',
            'HPatches'] in large


def test_windows_under_the_papers_name_are_not_the_papers():
    text = with_model('windows')
    claim = rows(text, 'claim')["More of its matches are right than of SIFT's (MS)"]
    assert (claim[3], claim[4]) == ('not measured', 'open')


def test_the_papers_numbers_are_quoted_in_the_claims_order():
    assert both('ms', 'Ours (SIFT)', 'SIFT') == '.407 v .289; .400 v .268'


def test_rows_of_8k_keypoints_take_the_result_that_has_them():
    def stereo(keypoints, accuracy):
        return {'benchmark': 'stereo', 'methods': {}, 'protocol': {'max_keypoints': keypoints},
                'lines': [{'scene': 'x', 'method': 'cnn_sift', 'mAA@5': accuracy}]}

    measured = Measured({'few': stereo(2000, 0.1), 'many': stereo(8000, 0.2)})
    found = [of_challenge(2000)(measured, 'cnn_sift', row).numbers for row in RESIDUAL_5.rows]
    assert found == [{'stereo mAA@5': 0.1}, {'stereo mAA@5': 0.2}]
    assert of_challenge(2000)(Measured({}), 'cnn_sift', '2k') is None
