# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import pytest
from posed_scene import write_video

from training.__main__ import main
from training.posed_report import chosen_text, lines_table


def test_numbers_have_digits_that_count_and_none_is_a_dash():
    table = lines_table([{'scene': 'a', 'points': 1234.5, 'track': 12.345, 'px': 0.98765,
                          'metres': None}])
    assert table.splitlines()[-1] == '| a | 1234 | 12.3 | 0.988 | - |'


def test_what_was_chosen_is_told():
    result = {'data': {'tuned_on': ['x']}, 'chosen': {'orb': {
        'magsac': {'ratio': 0.9, 'threshold_px': 1.0}}}}
    assert chosen_text(result) == ('Ratio/threshold in pixels, those of the best mAA@10 on x '
                                   'alone: orb magsac 0.9/1.')
    result['data']['tuned_on'] = []
    assert chosen_text(result) == 'Ratio 0.9 and threshold 1 px for all.'


@pytest.mark.parametrize('benchmark', ['stereo', 'localisation'])
def test_a_saved_result_becomes_a_section(benchmark, tmp_path):
    out, document = tmp_path / 'results' / f'{benchmark}-made.json', tmp_path / 'all.md'
    assert main(['evaluate', benchmark, '--root', str(write_video(tmp_path / 'made', 5)), '--size',
                 '320x240', '--keypoints', '200', '--methods', 'rootsift', '--brief', '--data',
                 'a made video', '--out', str(out)]) == 0
    assert main(['reproduction', '--results', str(out.parent), '--out', str(document)]) == 0
    text = document.read_text()
    command = json.loads(out.read_text())['command']
    assert ('pycolmap ' in text) == (benchmark == 'localisation')
    assert 'a made video (made)' in text and f'`{command}`' in text and '| rootsift |' in text
