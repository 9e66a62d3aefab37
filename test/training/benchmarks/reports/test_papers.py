# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from support.markdown import read_tables

from training.benchmarks.reports import published
from training.benchmarks.reports.papers import HOMOGRAPHIES, data_statement, tables

DATA = {'scenes': ['v_a'], 'pairs': 5, 'what': 'made'}


def test_every_published_number_has_a_column():
    columns = {name for names in HOMOGRAPHIES.values() for name in names}
    for row in (*published.LARGE, *published.SMALL):
        assert set(row.numbers) <= columns


def test_images_read_from_the_cache_have_no_time():
    part = {'benchmark': 'hpatches', 'size': (640, 480), 'keypoints': 1000,
            'summary': {'orb': {'all': {'ms': 0.5}}},
            'cost': {'orb': {'keypoints': 900.4, 'milliseconds': None}}}
    table = read_tables('\n\n'.join(tables({'data': DATA, 'parts': [part]})))[0]
    assert table[2][2:4] == ['900', '-'] and table[2][table[0].index('MS')] == '.500'


def test_on_hpatches_itself_the_data_are_the_papers():
    assert "not the papers'" in data_statement(DATA)
    assert "not the papers'" not in data_statement({**DATA, 'scenes': ['v_a'] * 116})
