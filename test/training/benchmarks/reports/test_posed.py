# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import pytest
from support.posed_scene import write_video

from training.__main__ import main
from training.benchmarks.reports.posed import chosen_text, lines_table


def test_numbers_have_digits_that_count_and_none_is_a_dash():
    table = lines_table([{'scene': 'a', 'points': 1234.5, 'track': 12.345, 'px': 0.98765,
                          'metres': None}])
    assert table.splitlines()[-1] == '| a | 1234 | 12.3 | 0.988 | - |'


@pytest.mark.parametrize('benchmark, tuned, sentence', [
    ('stereo', ['x', 'y'], 'Tuned on x, y alone, by mAA@10: ratio and px, of an inlier.'),
    ('multiview', ['others'], 'Tuned on the other scenes alone, by mAA@10: ratio.')])
def test_what_was_chosen_is_told(benchmark, tuned, sentence):
    assert chosen_text({'benchmark': benchmark, 'data': {'tuned_on': tuned}}) == sentence


@pytest.mark.parametrize('benchmark', ['stereo', 'localisation', 'matching_score'])
def test_a_saved_result_becomes_a_page(benchmark, tmp_path):
    out, document = tmp_path / 'results' / f'{benchmark}-made.json', tmp_path / 'all'
    assert main(['evaluate', benchmark, '--root', str(write_video(tmp_path / 'made', 5)), '--size',
                 '320x240', '--max-keypoints', '200', '--methods', 'rootsift', '--brief', '--data',
                 'a made video', '--out', str(out)]) == 0
    assert main(['reproduction', '--results', str(out.parent), '--out', str(document)]) == 0
    text = (document / 'tables' / f'{benchmark}-made.md').read_text()
    command = json.loads(out.read_text())['command']
    assert ('pycolmap ' in text) == (benchmark == 'localisation')
    assert 'a made video (made)' in text and f'`{command}`' in text and '| rootsift |' in text
