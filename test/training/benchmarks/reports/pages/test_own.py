# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from support.markdown import read_tables

from training.benchmarks.reports.pages import own
from training.benchmarks.reports.pages.measured import Measured

NUMBERS = {'cor@1': 0.1, 'cor@3': 0.2, 'cor@5': 0.3}


def test_own_models_have_the_factor_to_their_detectors_descriptor():
    result = {'benchmark': 'hpatches', 'protocol': {'size': [640, 480], 'max_keypoints': 1000},
              'summary': {'sift': {'all': {**NUMBERS, 'ms': 0.2}},
                          'residual_sift_small': {'all': {**NUMBERS, 'ms': 0.3}},
                          'residual_sift_small+guided': {'all': {**NUMBERS, 'ms': 0.4}}},
              'methods': {'sift': {}, 'residual_sift_small': {'fusion': 'windows'},
                          'residual_sift_small+guided': {'fusion': 'windows'}}}
    table, = read_tables(own.text(Measured({'a': result}), 'written'), 'model')
    assert table[2:] == [['residual_sift_small', '.100 .200 .300 .300 (1.50)', '-']]
    assert 'No paper has these' in own.MEANING


def test_an_unknown_model_has_no_base():
    assert own.detector_of('no_such', {}) == ''
