# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest
from support.posed_scene import CAMERA, K, exact_views, pose, write_video

from residual_features_ros.datasets.posed_images import PosedImage
from residual_features_ros.geometry.pose import relative_pose
from training.__main__ import main
from training.benchmarks import robust, stereo
from training.benchmarks.pose_metrics import relative_error_deg
from training.benchmarks.posed_features import Matched
from training.benchmarks.robust import ESTIMATORS, estimate

LESS = ['--size', '320x240', '--keypoints', '300', '--methods', 'rootsift,orb']


@pytest.mark.parametrize('estimator', ESTIMATORS)
def test_each_estimator_finds_the_pose_among_wrong_matches_and_again(estimator):
    views, rng = exact_views(noise_px=0.1), np.random.default_rng(0)
    first, second = (views[k].features.keypoints.copy() for k in (0, 4))
    second[:45] = rng.uniform(0, 240, (45, 2))
    true = relative_pose(*(PosedImage('', None, CAMERA, *pose(k)) for k in (0, 4)))
    found = estimate(first, second, (K, K), estimator, 1.0, seed=3)
    # OpenCV's old RANSAC keeps the model of a minimal sample.
    limit = 10 if estimator == 'ransac' else 1.5
    assert max(relative_error_deg((found.R, found.t), true)) < limit
    assert found.inliers[45:].mean() > 0.85 and found.inliers[:45].mean() < 0.2
    again = estimate(first, second, (K, K), estimator, 1.0, seed=3)
    np.testing.assert_array_equal(found.R, again.R)
    np.testing.assert_array_equal(found.inliers, again.inliers)


@pytest.mark.parametrize('estimator', ESTIMATORS)
def test_too_few_matches_and_equal_points_are_failures_or_poses_but_no_crash(estimator):
    same = np.full((20, 2), 7.0)
    assert estimate(same[:7], same[:7], (K, K), estimator, 1.0, 0) is None
    estimate(same, same, (K, K), estimator, 1.0, 0)


def test_the_numbers_of_exact_matches():
    rows = stereo.score_pair(Matched(exact_views(), 1.0), 0, 3, 'magsac', 0.5)
    assert len(rows) == stereo.DRAWS
    numbers = stereo.summarise(rows)
    assert numbers['matches'] == numbers['inliers'] == numbers['right'] == 150
    assert numbers['mAA@5'] == numbers['mAA@10'] == 1
    assert numbers['rotation'] < 0.1 and numbers['translation'] < 0.5


def test_errors_are_medians_and_counts_means():
    rows = [{'matches': m, 'inliers': 1, 'right': 1, 'rotation': r, 'translation': t}
            for m, r, t in ((10, 0.5, 1.5), (20, 2, 0), (60, 180, 180))]
    numbers = stereo.summarise(rows)
    assert numbers['matches'] == 30 and numbers['rotation'] == 2 and numbers['translation'] == 1.5
    # Larger errors 1.5, 2, 180: below 1 none, below 2 one, below 3 and more two.
    assert numbers['mAA@5'] == pytest.approx((0 + 1 + 2 + 2 + 2) / 15)


def test_some_pairs_are_spread():
    pairs = np.arange(20).reshape(10, 2)
    assert stereo.some_pairs(pairs, 3)[:, 0].tolist() == [0, 8, 18]
    assert len(stereo.some_pairs(pairs, 99)) == 10


def test_values_are_chosen_on_other_scenes_and_saved(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(stereo, 'RATIOS', (0.5, 0.9))
    monkeypatch.setattr(stereo, 'THRESHOLDS_PX', (1.0,))
    monkeypatch.setattr(robust, 'MOST_DRAWS', 500)
    monkeypatch.setattr(stereo, 'ESTIMATORS', {'magsac': 0, 'essential': 0})
    for name in ('one', 'two'):
        write_video(tmp_path / 'scenes' / name)
    out = tmp_path / 'stereo.json'
    command = ['evaluate', 'stereo', '--root', str(tmp_path / 'scenes'), *LESS, '--cache',
               str(tmp_path / 'cache'), '--tune', 'two', '--out', str(out), '--brief']
    assert main(command) == 0
    saved = json.loads(out.read_text())
    assert saved['data']['scenes'] == {'one': 8} and saved['data']['tuned_on'] == ['two']
    chosen = saved['chosen']['one']['rootsift']['magsac']
    assert chosen['ratio'] in (0.5, 0.9) and chosen['threshold_px'] == 1.0
    assert saved['command'].endswith('--tune two') and 'rows' not in saved
    assert {line['scene'] for line in saved['lines']} == {'one'}
    best = max(line['mAA@10'] for line in saved['lines'] if line['method'] == 'rootsift')
    assert best > 0.5
    assert 'rootsift' in capsys.readouterr().out and str(tmp_path) not in out.read_text()
    first = out.read_text()
    assert main(command) == 0
    assert out.read_text() == first
    assert '24 read from' in capsys.readouterr().out


@pytest.mark.parametrize('words, sentence', [
    (['--tune', 'three'], '--tune three: no such scene, there are made'),
    (['--tune', 'others'], 'made is the only scene'),
    (['--tune', 'made'], 'none is left to evaluate'), (['--ratio', '2'], '--ratio 2: a number'),
    (['--ratio', '0.9,half'], '--ratio half: a number between 0 and 1'),
    (['--ratio', '0.9,surf=0.8'], '--ratio surf=0.8: surf is not among --methods'),
    (['--threshold', '0'], '--threshold 0: more than'),
    (['--models', 'm'], '--models: stereo does not take it, but reconstruction, localisation'),
    (['--tune', 'made', '--ratio', '0.9'], '--ratio: --tune chooses it')])
def test_bad_options_are_sentences(tmp_path, words, sentence, capsys):
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
