# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import pytest

from residual_features_ros.tools.command_line import main
from residual_features_ros.tools.demo.moving_view import moving_view


@pytest.fixture
def folder(tmp_path, image):
    (tmp_path / 'in').mkdir()
    for i, view in enumerate(moving_view([image], (160, 120), 2)):
        cv2.imwrite(str(tmp_path / 'in' / f'{i}.png'), view)
    return tmp_path


def test_cost_against_size_and_keypoints(folder, capsys):
    pytest.importorskip('matplotlib', reason='matplotlib is not installed')
    out = folder / 'scaling.json'
    assert main(['bench', '--scaling', '--methods', 'orb,sift', '--images', str(folder / 'in'),
                 '--repeat', '1', '--size', '128x96', '--sizes', '96x64,128x96',
                 '--counts', '20,40,80', '--max-keypoints', '50', '--out', str(out)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split() == ['50', 'keypoints', 'opencv_sift', 'orb', 'sift']
    assert printed[2].split()[0] == '96x64'
    saved = json.loads(out.read_text())
    assert saved['reference'] == 'opencv_sift'
    assert [at['size'] for at in saved['sizes']] == [[96, 64], [128, 96]]
    assert [at['keypoints'] for at in saved['counts']] == [20, 40, 80]
    figures = saved['counts'][0]['methods']
    assert figures['sift']['keypoints'] <= 20
    assert figures['opencv_sift']['extract_x'] == figures['opencv_sift']['core_x'] == 1
    core = {name: found['core_ms'] for name, found in figures.items()}
    assert core['orb']['extract'] > 0 and core['orb']['match'] > 0
    assert figures['orb']['core_x'] == pytest.approx(
        core['orb']['frame'] / core['opencv_sift']['frame'])
    assert figures['orb']['extract_ms'].keys() == {'p5', 'p50', 'p95', 'p99'}
    assert cv2.imread(str(folder / 'scaling.png')).shape[1] == 1200
