# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from training.benchmarks.reports import detectors as report
from training.benchmarks.reports.reproduction import table_pages

PAIRS = [{'scene': scene, 'number': 2, 'rep@1': rep, 'rep@3': 0.5, 'error_px': error,
          'correct': 10, 'ms': 0.5, 'mma@3': 0.5, 'recall': 0.5}
         for scene, rep, error in (('a', 0.2, 1.0), ('b', 0.4, None))]
IMAGES = [{'scene': scene, 'number': number, 'keypoints': 100 * number, 'shared': 0.2,
           'find_ms': ms, 'find_core_ms': 2 * ms, 'rows_core_ms': 1.0}
          for scene in 'ab' for number, ms in ((1, 4.0), (2, 5.0), (3, 90.0))]


def summary():
    return report.summarise({'x': PAIRS}, {'x': IMAGES}, {'x': None})


def test_means_sums_medians_and_what_is_not_there():
    parts = summary()['x']
    assert list(parts) == ['all', 'a', 'b']
    everything = parts['all']
    assert everything['rep@1'] == (0.2 + 0.4) / 2 and everything['correct'] == 20
    assert everything['find_ms'] == 5 and everything['find_core_ms'] == 10
    assert everything['keypoints'] == 200 and everything['error_px'] == 1
    assert parts['b']['error_px'] is None and parts['b']['correct'] == 10


def test_what_is_not_there_is_a_dash():
    numbers = dict(zip(report.COLUMNS, report.cells(summary()['x']['b']), strict=True))
    assert numbers['error_px'] == numbers['bias_px'] == '-'
    assert (numbers['keypoints'], numbers['find_core_ms'], numbers['rep@3']) == \
        ('200', '10.0', '0.500')
    assert report.table(summary()).splitlines()[0].split() == ['detector', *report.COLUMNS]


def test_a_saved_result_becomes_a_page():
    made = {'version': '1', 'opencv': '4', 'numpy': '2', 'python': '3', 'cpu': 'a processor',
            'commit': 'abc'}
    result = {'benchmark': 'detectors', 'command': 'python -m training evaluate detectors',
              'protocol': {'methods': ['x'], 'size': [64, 48], 'max_keypoints': 9},
              'environment': made, 'methods': {'x': {'detector': 'x', 'settings': {}}},
              'data': {'what': 'made', 'scenes': ['a', 'b'], 'pairs': 2}, 'summary': summary()}
    text = table_pages({'made': result})['tables/made.md']
    assert '# Detectors, 64x48, 9 keypoints' in text and '| x | 200 | 0.300 |' in text
    assert '`python -m training evaluate detectors`, commit abc.' in text
