# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from training.benchmarks.reports import image_pairs as report


def test_a_table_of_116_scenes_has_the_splits_alone():
    names = [f'i_{n}' for n in range(57)] + [f'v_{n}' for n in range(59)]
    rows = [{'scene': name, 'number': 2} for name in names]
    assert report.shown_groups(rows) == ['illumination', 'viewpoint']
    assert [len(report.groups(rows)[name]) for name in ('all', 'illumination', 'viewpoint')] == \
        [116, 57, 59]


def test_the_summary_has_the_harmonic_mean_of_the_means():
    rows = [{'scene': 'v_a', 'number': number, 'correct': 1, 'rep': rep, 'mma@3': 0.25,
             'coverage': cover} for number, rep, cover in ((2, 1.0, 0.5), (3, 0.0, 0.0))]
    numbers = report.summarise({'goodpoint': rows})['goodpoint']['all']
    assert numbers['harmonic'] == pytest.approx(3 / (2 + 4 + 4))
