# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from support.markdown import read_tables

from training.benchmarks.reports import published
from training.benchmarks.reports.papers import as_printed, data_statement, tables

DATA = {'scenes': ['v_a'], 'pairs': 5, 'what': 'made'}


def test_a_table_is_shown_as_it_is_printed():
    lines = as_printed(published.GOODPOINT_4).splitlines()
    assert lines[0] == '| row | accuracy | coverage | rep | harmonic mean |'
    assert lines[2:] == ['| GoodPoint | .91 | .21 | .91 | .44 |']


def test_what_has_no_data_here_stands_beside_none_of_our_numbers():
    text = '\n\n'.join(tables({'data': DATA, 'parts': []}))
    assert 'GoodPoint, Table 1: AirSim, 320x240, 3 px, 5 frames apart, radius 20 px.' in text
    assert 'GoodPoint, Table 3: FIRE' in text and '**here**' not in text.split('### As printed')[1]


def test_images_read_from_the_cache_have_no_time():
    part = {'benchmark': 'hpatches', 'size': (640, 480), 'keypoints': 1000,
            'summary': {'orb': {'all': {'ms': 0.5}}},
            'cost': {'orb': {'keypoints': 900.4, 'milliseconds': None}}}
    table = read_tables('\n\n'.join(tables({'data': DATA, 'parts': [part]})))[0]
    assert table[2][2:4] == ['900', '-'] and table[2][table[0].index('MS')] == '.500'


def test_on_hpatches_itself_the_data_are_the_papers():
    assert "not the papers'" in data_statement(DATA)
    assert "not the papers'" not in data_statement({**DATA, 'scenes': ['v_a'] * 116})
