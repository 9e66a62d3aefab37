# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest
from support.posed_scene import exact_matches, write_video

from training.__main__ import main
from training.benchmarks import posed_features, robust, scenes, stereo
from training.benchmarks.cache import Predictor

LESS = ['--size', '320x240', '--max-keypoints', '300', '--methods', 'rootsift,orb']


def test_the_numbers_of_exact_matches():
    rows = stereo.score_pair(exact_matches(), 0, 3, 'magsac', 0.5)
    assert len(rows) == stereo.DRAWS
    numbers = stereo.summarise(rows)
    assert numbers['matches'] == numbers['inliers'] == numbers['right'] == 150
    assert numbers['mAA@5'] == numbers['mAA@10'] == 1
    assert numbers['rotation'] < 0.1 and numbers['translation'] < 0.5


@pytest.mark.parametrize('many', [2000, 8000])
def test_the_challenges_numbers_of_keypoints(many):
    row, = stereo.score_pair(exact_matches(many=many), 0, 3, 'magsac', 0.5, draws=1)
    assert row['matches'] == row['right'] == many and row['inliers'] > 0.99 * many
    assert row['rotation'] < 0.1 and row['translation'] < 0.5


def test_errors_are_medians_and_counts_means():
    rows = [{'matches': m, 'inliers': 1, 'right': 1, 'rotation': r, 'translation': t}
            for m, r, t in ((10, 0.5, 1.5), (20, 2, 0), (60, 180, 180))]
    numbers = stereo.summarise(rows)
    assert numbers['matches'] == 30 and numbers['rotation'] == 2 and numbers['translation'] == 1.5
    # Larger errors 1.5, 2, 180: below 1 none, below 2 one, below 3 and more two.
    assert numbers['mAA@5'] == pytest.approx((0 + 1 + 2 + 2 + 2) / 15)


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
    again = tmp_path / 'again.json'
    assert main([str(again) if word == str(out) else word for word in command]) == 0
    assert again.read_text() == first
    assert '24 read from' in capsys.readouterr().out


def test_all_pairs_of_a_scene_are_estimated(tmp_path, monkeypatch):
    monkeypatch.setattr(stereo, 'ESTIMATORS', {'magsac': 0})
    monkeypatch.setattr(scenes, 'MOST_PAIRS', 2)
    write_video(tmp_path / 'one')
    command = ['evaluate', 'stereo', '--root', str(tmp_path / 'one'), *LESS[:-1], 'orb', '--cache',
               str(tmp_path / 'cache')]
    for words, pairs in ((['--pairs', 'all'], 8), ([], 2)):
        out = tmp_path / f'{pairs}.json'
        assert main([*command, *words, '--out', str(out)]) == 0
        saved = json.loads(out.read_text())
        assert saved['data']['scenes'] == {'one': pairs}
        assert len(saved['rows']['one']['orb']['magsac']['rows']) == pairs * stereo.DRAWS
        assert saved['command'].endswith(' '.join(['--threshold 0.5', *words]))


def test_a_method_is_evaluated_with_a_matcher(tmp_path, monkeypatch):
    monkeypatch.setattr(stereo, 'ESTIMATORS', {'magsac': 0})
    write_video(tmp_path / 'one')
    out = tmp_path / 'stereo.json'
    assert main(['evaluate', 'stereo', '--root', str(tmp_path / 'one'), *LESS[:-1],
                 'rootsift,rootsift+guided', '--out', str(out)]) == 0
    plain, guided = json.loads(out.read_text())['lines']
    assert (plain['method'], guided['method']) == ('rootsift', 'rootsift+guided')
    assert guided['matches'] != plain['matches'] and guided['mAA@10'] > 0.3


def test_a_pair_is_matched_once_for_all_estimators(monkeypatch):
    """All pairs of a scene are more than those whose matches are kept."""
    monkeypatch.setattr(posed_features, 'MOST_KEPT', 1)
    made = exact_matches()
    asked = []

    class Counted(Predictor):
        def matcher(self, **settings):
            asked.append(settings)
            return super().matcher(**settings)

    predictor = Counted(made.predictor.extractor, None)
    chosen = {name: {'ratio': 1.0, 'threshold_px': 1.0} for name in ('magsac', 'essential')}
    pairs = np.array([[0, 2], [1, 3], [0, 3]])
    found = stereo.score(pairs, made.views, predictor, chosen)
    assert len(asked) == len(pairs)
    assert {name: len(one['rows']) for name, one in found.items()} == dict.fromkeys(
        chosen, len(pairs) * stereo.DRAWS)
