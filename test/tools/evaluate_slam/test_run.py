# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""evaluate-slam as a user meets it, on a tiny bag and on files."""
import json

import pytest

pytest.importorskip('rosbags', reason='rosbags is not installed')
pytest.importorskip('gtsam', reason='gtsam is not installed')
pytest.importorskip('evo', reason='evo is not installed')
from support.bag_files import frames, infos, truth, write
from support.posed_scene import write_video
from support.vocabularies import write_vocabulary

from residual_features_ros.tools.command_line import main

COUNT = 14


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    return write(tmp_path_factory.mktemp('bag') / 'walk',
                 [*frames(COUNT), *infos(), *truth(COUNT)])


def test_a_bag(bag, tmp_path, capsys):
    out = tmp_path / 'runs.json'
    words = ['evaluate-slam', str(bag), '--methods', 'orb', 'sift', '--seeds', '2', '--black',
             '0.2', '--out', str(out)]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert 'orb has no vocabulary' in printed and 'relocalised' in printed
    found = json.loads(out.read_text())
    runs = [(run['method'], run['black_s'], run['seed']) for run in found['trials']]
    assert runs == [(method, black, seed) for method in ('orb', 'sift') for black in (0, 0.2)
                    for seed in range(2)]
    light = [run for run in found['trials'] if run['method'] == 'sift' and not run['black_s']]
    assert all(run['posed'] >= COUNT - 4 and run['ate'] < 0.1 for run in light)
    assert main(words) == 2 and 'there already' in capsys.readouterr().err


def test_files_with_words(tmp_path, capsys):
    write_vocabulary(tmp_path, 'orb')
    video = write_video(tmp_path / 'video', 4)
    words = ['evaluate-slam', str(video), '--methods', 'orb', '--seeds', '1']
    assert main([*words, '--vocabulary', str(tmp_path)]) == 0
    assert 'no vocabulary' not in capsys.readouterr().out
    assert main([*words, '--vocabulary', str(video)]) == 2
    assert 'orb.npz: no such file' in capsys.readouterr().err


def test_a_bag_without_truth_is_refused(tmp_path, capsys):
    bag = write(tmp_path / 'blind', [*frames(3), *infos()])
    assert main(['evaluate-slam', str(bag)]) == 2
    assert 'no ground truth was named' in capsys.readouterr().err
