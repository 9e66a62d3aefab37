# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.posed_scene import write_video

from training.__main__ import main

LESS = ['--size', '320x240', '--max-keypoints', '300', '--methods', 'rootsift,orb']


@pytest.mark.parametrize('words, sentence', [
    (['--tune', 'three'], '--tune three: no such scene, there are made'),
    (['--tune', 'others'], 'made is the only scene'),
    (['--tune', 'made'], 'none is left to evaluate')])
def test_scenes_that_cannot_be_tuned_on_are_named(tmp_path, words, sentence, capsys):
    write_video(tmp_path / 'made')
    assert main(['evaluate', 'stereo', '--root', str(tmp_path / 'made'), *LESS, *words]) == 2
    assert sentence in capsys.readouterr().err


def test_no_overlap_is_a_sentence(tmp_path, capsys):
    write_video(tmp_path / 'made')
    rows = np.loadtxt(tmp_path / 'made' / 'poses.txt')
    for k, row in enumerate(rows):  # each camera turned by 90 degrees more about the vertical
        turn = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]])
        row.reshape(4, 4)[:3, :3] = np.linalg.matrix_power(turn, k // 2)
    np.savetxt(tmp_path / 'made' / 'poses.txt', rows)
    assert main(['evaluate', 'stereo', '--root', str(tmp_path / 'made'), *LESS]) == 2
    assert 'no two of its 6 images overlap' in capsys.readouterr().err
