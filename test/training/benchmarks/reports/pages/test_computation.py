# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from training.benchmarks.reports.pages.computation import over_superpoint
from training.benchmarks.reports.pages.measured import Measured


def cost(adds, ms, beside=0.0):
    def part(h, f):
        return {'h': h, 'f': f}
    return Measured({'c': {'benchmark': 'cost', 'methods': {
        'superpoint': {'multiply_adds': part(8, 2), 'ms': part(80, 20), 'handcrafted_ms': {}},
        'residual_sift:paper': {'multiply_adds': part(*adds), 'ms': part(*ms),
                                'handcrafted_ms': {'sift': beside}}}}})


def test_all_parts_count_by_each_measure():
    found = over_superpoint(cost((9, 0.6), (90, 10), 50.0), 'residual_sift', 1.1)
    assert found.ours == ('multiply-adds .960 v 1.100; ms 1.000 v 1.100; '
                          'ms with the hand-crafted 1.500 v 1.100')
    assert found.verdict == 'partly'
    assert over_superpoint(cost((9, 1), (90, 10)), 'residual_sift', 1.1).verdict == 'holds'
    assert over_superpoint(cost((9, 4), (190, 10)), 'residual_sift', 1.1).verdict == 'no'


def test_without_both_it_is_open():
    assert over_superpoint(cost((1, 1), (1, 1)), 'cnn_sift', 1.1).verdict == 'open'
    assert over_superpoint(Measured({}), 'residual_sift', 1.1).verdict == 'open'
