# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from training.benchmarks.reports.cost import text
from training.benchmarks.reports.reproduction import table_pages

HEADER = ('| method | recipe | parameters, M | multiply-adds, G | of | over superpoint | ms | of '
          '| over superpoint | hand-crafted, ms | with it, over superpoint |')


@pytest.fixture
def result():
    """Return costs as they are saved."""
    return {
        'benchmark': 'cost', 'command': 'python -m training cost residual_sift,superpoint',
        'environment': {'commit': 'abc1234', 'cpu': 'a processor'},
        'protocol': {'size': [640, 480], 'keypoints': 1000, 'threads': 1, 'runs': 20,
                     'backend': 'onnxruntime 1'},
        'methods': {
            'residual_sift': {'recipe': 'paper', 'parameters': {'h': 900_000, 'f': 100_000},
                              'multiply_adds': {'h': 18e9, 'f': 1e9}, 'ms': {'h': 29, 'f': 1},
                              'handcrafted_ms': {'sift': 12.34}},
            'superpoint': {'recipe': 'paper', 'parameters': {'h': 1_300_000},
                           'multiply_adds': {'h': 20e9}, 'ms': {'h': 40}, 'handcrafted_ms': {}}}}


def test_costs_stand_beside_superpoints(result):
    found = table_pages({'cost': result})['tables/cost.md']
    assert HEADER in found and '# Cost of the networks, 640x480, 1000 keypoints' in found
    assert ('| residual_sift | paper | 1.000 | 19.00 | h 18.00, f 1.00 | 0.95 | 30.0 | h 29.0, '
            'f 1.0 | 0.75 | 12.3 (sift) | 1.06 |') in found
    assert ('| superpoint | paper | 1.300 | 20.00 | h 20.00 | 1.00 | 40.0 | h 40.0 | 1.00 | - '
            '| 1.00 |') in found
    assert 'The Residual paper says 10 % more computation' in found
    assert '`python -m training cost residual_sift,superpoint`, commit abc1234.' in found


def test_without_superpoint_there_is_no_quotient(result):
    del result['methods']['superpoint']
    row = text(result).splitlines()[2].split()
    assert row[:4] == ['residual_sift', 'paper', '1.000', '19.00'] and row.count('-') == 3
    assert 'Median of 20 runs, onnxruntime 1, fp32, threads: 1, a processor.' in text(result)
