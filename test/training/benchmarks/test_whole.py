# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import pytest
from support.pictures import textured

from residual_features_ros.config import ExtractorConfig
from training.__main__ import main
from training.whole.export import export_whole

METHOD = 'residual_hessian_small'


def test_a_whole_network_agrees_with_the_front_end_scene_by_scene(tmp_path, capsys):
    export_whole(METHOD, tmp_path / 'whole', (200, 160),
                 ExtractorConfig(method=METHOD, max_keypoints=150), 3)
    for number, scene in enumerate(('a', 'a', 'b')):
        (tmp_path / 'images' / scene).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / 'images' / scene / f'{number}.png'),
                    textured(200, 160, seed=number))
    out = tmp_path / 'out.json'
    assert main(['evaluate', 'whole', '--root', str(tmp_path / 'images'), '--size', '200x160',
                 '--max-keypoints', '150', '--methods', METHOD, '--weights',
                 str(tmp_path / 'whole'), '--brief', '--out', str(out)]) == 0
    saved = json.loads(out.read_text())
    assert saved['command'].startswith('python -m training evaluate whole --root DIR')
    assert 'images' not in saved and str(tmp_path) not in out.read_text()
    scenes = saved['scenes'][METHOD]
    assert [scenes[scene]['images'] for scene in ('images/a', 'images/b')] == [2, 1]
    for row in scenes.values():
        assert row['near_least'] >= 0.98 and row['cosine_least'] >= 0.999
        assert row['keypoints_split'] == pytest.approx(row['keypoints_whole'], abs=1)
    assert '| residual_hessian_small, images/b | 1 |' in capsys.readouterr().out
