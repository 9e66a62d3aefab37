# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

from support.posed_scene import write_video

from training.__main__ import main
from training.benchmarks import bags

LESS = ['--size', '320x240', '--max-keypoints', '400', '--methods', 'rootsift']


def test_bags_of_pictures_are_rebuilt(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(bags, 'BAGS', {5: 1})
    out, root = tmp_path / 'out.json', write_video(tmp_path / 'made')
    assert main(['evaluate', 'multiview', '--root', str(root), *LESS, '--ratio', '0.9', '--out',
                 str(out), '--brief']) == 0
    saved = json.loads(out.read_text())
    line, = saved['lines']
    assert line['scene'] == 'made' and line['registered'] == 5 and line['landmarks'] > 0
    assert 20 < line['matches'] < 400
    assert line['track'] > 2 and line['reproj_px'] < 1.5 and {'mAA@5', 'mAA@10'} <= set(line)
    assert saved['command'].endswith('--ratio 0.9') and str(tmp_path) not in out.read_text()
    assert 'track' in capsys.readouterr().out


def test_ratios_are_chosen_on_other_scenes_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(bags, 'BAGS', {5: 1})
    monkeypatch.setattr(bags, 'RATIOS', (0.3, 0.9))
    for name in ('one', 'two'):
        write_video(tmp_path / 'scenes' / name)
    out, document = tmp_path / 'results' / 'made.json', tmp_path / 'all'
    assert main(['evaluate', 'multiview', '--root', str(tmp_path / 'scenes'), *LESS, '--tune',
                 'two', '--out', str(out), '--brief']) == 0
    saved = json.loads(out.read_text())
    assert [(line['scene'], line['ratio']) for line in saved['lines']] == [('one', 0.9)]
    assert saved['command'].endswith('--tune two')
    assert main(['reproduction', '--results', str(out.parent), '--out', str(document)]) == 0
    assert 'Tuned on two alone' in (document / 'tables' / 'made.md').read_text()


def test_methods_have_ratios_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(bags, 'BAGS', {5: 1})
    out = tmp_path / 'out.json'
    command = ['evaluate', 'multiview', '--root', str(write_video(tmp_path / 'made')), *LESS[:-1],
               'rootsift,sift', '--ratio', '0.8,sift=0.9', '--out', str(out), '--brief']
    assert main(command) == 0
    saved = json.loads(out.read_text())
    assert {line['method']: line['ratio'] for line in saved['lines']} == {
        'rootsift': 0.8, 'sift': 0.9}
    assert saved['command'].endswith('--ratio 0.8,sift=0.9')
