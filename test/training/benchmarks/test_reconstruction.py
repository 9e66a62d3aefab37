# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pycolmap
from support.posed_scene import write_video
from support.unposed_scene import write_database, write_photographs

from residual_features_ros.datasets.layouts import open_scenes
from residual_features_ros.datasets.posed_images import Scene
from training.__main__ import main
from training.benchmarks import bags, reconstruction

LESS = ['--size', '320x240', '--max-keypoints', '400', '--methods', 'rootsift']


def test_pairs_of_a_video_are_near_in_time(tmp_path):
    views = (None,) * 40
    assert len(reconstruction.matched_pairs(Scene('a', tmp_path, views))) == 780
    gaps = {b - a for a, b in reconstruction.matched_pairs(
        Scene('a', tmp_path, views, None, tuple(range(40))))}
    assert gaps == {*range(1, 9), 16, 32}


def test_pictures_are_rebuilt(tmp_path, capsys):
    out, root = tmp_path / 'out.json', write_video(tmp_path / 'made')
    assert main(['evaluate', 'reconstruction', '--root', str(root), *LESS, '--ratio', '0.9',
                 '--runs', '1', '--out', str(out), '--brief', '--models',
                 str(tmp_path / 'models')]) == 0
    saved = json.loads(out.read_text())
    line, = saved['lines']
    model = pycolmap.Reconstruction(tmp_path / 'models/made/rootsift')
    assert model.num_points3D() == line['points']
    assert line['scene'] == 'made' and line['registered'] >= 5 and line['observations'] > 0
    assert line['track'] > 2 and line['reproj_px'] < 1.5
    assert saved['command'].endswith('--ratio 0.9 --runs 1')
    assert str(tmp_path) not in out.read_text()
    assert 'track' in capsys.readouterr().out


def test_scenes_need_no_poses(tmp_path, capsys):
    root, out = tmp_path / 'scenes', tmp_path / 'out.json'
    write_photographs(root / 'alone' / 'images', 6)
    write_database(write_photographs(root / 'calibrated' / 'images', 6).parent / 'database.db',
                   6, 1)
    write_video(root / 'posed')
    words = ['evaluate', 'reconstruction', '--root', str(root), *LESS, '--runs', '1']
    assert main([*words, '--ratio', '0.9', '--out', str(out)]) == 0
    saved = json.loads(out.read_text())
    assert saved['data']['without_poses'] == ['alone', 'calibrated']
    alone, calibrated, posed = saved['lines']
    for line in (alone, calibrated):
        assert line['registered'] == 6 and line['track'] > 2 and line['reproj_px'] < 1.5
        assert line['points'] > 0.9 * posed['points']
        assert line['position'] is None and line['rotation'] is None
    assert posed['position'] < 0.1 and posed['rotation'] < 1
    table = capsys.readouterr().out.splitlines()
    assert table[2].split()[0] == 'alone' and table[2].split()[-2:] == ['-', '-']
    assert table[4].split()[0] == 'posed' and '-' not in table[4].split()
    assert main([*words, '--tune', 'alone']) == 2
    assert 'alone has no poses to judge a ratio by; give one with --ratio' in (
        capsys.readouterr().err)


def test_photographs_alone_are_paired_by_words(tmp_path):
    root, out = write_photographs(tmp_path / 'made', 6), tmp_path / 'out.json'
    assert main(['evaluate', 'reconstruction', '--root', str(root), *LESS, '--ratio', '0.9',
                 '--runs', '1', '--pairs', 'retrieval:3', '--colmap-defaults', '--out',
                 str(out)]) == 0
    line, = json.loads(out.read_text())['lines']
    assert line['scene'] == 'made' and line['registered'] >= 5


def test_benchmarks_of_poses_say_that_there_are_none(tmp_path, capsys):
    root = write_photographs(tmp_path / 'made', 4)
    for benchmark in ('stereo', 'multiview', 'localisation'):
        assert main(['evaluate', benchmark, '--root', str(root), *LESS]) == 2
        assert 'no posed scene there' in capsys.readouterr().err


def test_ratios_are_chosen_on_other_scenes_and_saved(tmp_path, monkeypatch):
    monkeypatch.setattr(bags, 'BAGS', {5: 1})
    monkeypatch.setattr(bags, 'RATIOS', (0.3, 0.9))
    for name in ('one', 'two'):
        write_video(tmp_path / 'scenes' / name)
    out = tmp_path / 'made.json'
    assert main(['evaluate', 'reconstruction', '--root', str(tmp_path / 'scenes'), *LESS,
                 '--tune', 'two', '--runs', '1', '--out', str(out), '--brief']) == 0
    saved = json.loads(out.read_text())
    assert [(line['scene'], line['ratio']) for line in saved['lines']] == [('one', 0.9)]
    assert saved['command'].endswith('--tune two --runs 1')


def test_each_image_is_matched_with_those_that_look_alike(tmp_path):
    """With everything that a large scene takes: features on disk, threads, one run."""
    root, cache = write_video(tmp_path / 'made', 8), tmp_path / 'cache'
    scene, = open_scenes(root)
    pairs = reconstruction.matched_pairs(scene, 2, cache)
    assert set(pairs) < set(reconstruction.matched_pairs(scene)) and len(pairs) <= 16
    assert np.mean([b - a <= 2 for a, b in pairs]) > 0.8
    out = tmp_path / 'out.json'
    assert main(['evaluate', 'reconstruction', '--root', str(root), *LESS, '--pairs',
                 'retrieval:3', '--threads', '2', '--runs', '2', '--cache', str(cache), '--out',
                 str(out)]) == 0
    saved = json.loads(out.read_text())
    assert saved['command'].endswith('--ratio 0.94 --threads 2 --pairs retrieval:3 --runs 2')
    assert saved['seeds'] == [0, 1] and len(saved['rows']['made']['rootsift']) == 2
    assert saved['lines'][0]['registered'] >= 6
