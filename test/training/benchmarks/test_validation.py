# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest
from support.held_out_data import write_held_out_data
from support.posed_scene import K, exact_views

from residual_features_ros.geometry.pose import relative_pose
from training.__main__ import main
from training.benchmarks import hpatches, validation
from training.benchmarks.reports.validation import OF_HOMOGRAPHIES, OF_VIDEOS
from training.benchmarks.validation import score, score_motion
from training.benchmarks.validation_pairs import Pair

LESS = ['--size', '160x120', '--max-keypoints', '100', '--methods', 'orb,rootsift']


@pytest.fixture(scope='module')
def views():
    return exact_views(2)


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return write_held_out_data(tmp_path_factory.mktemp('data'))


def test_a_pair_with_a_homography_has_the_numbers_of_hpatches(views):
    first = views[0].features
    pair = Pair(('made',), 0, 1, np.eye(3))
    found = score(pair, first, first, None)
    expected = hpatches.score(hpatches.Pair('made', 0, np.eye(3)), first, first)
    assert found == {'sources': ('made',), **{name: expected[name] for name in OF_HOMOGRAPHIES}}
    assert found['correct'] == len(first) and found['ms'] == found['cor@1'] == 1


def test_exact_matches_give_the_true_motion(views):
    motion = relative_pose(views[0].image, views[1].image)
    pair = Pair(('made',), 0, 1, motion=motion)
    found = score(pair, views[0].features, views[1].features, K)
    assert tuple(found) == ('sources', *OF_VIDEOS)
    assert found['matches'] == found['keypoints'] == len(views[0].features)
    assert found['inliers'] >= 0.99 * found['matches']
    assert found['epi@3'] == found['mAA@5'] == found['mAA@10'] == 1
    assert found['rotation_deg'] < 0.1 and found['direction_deg'] < 0.5


def test_without_poses_there_are_inliers_alone(views):
    found = score(Pair(('made',), 0, 1), views[0].features, views[1].features, None)
    assert found['inliers'] > 0
    assert [name for name, value in found.items() if value is None] == [
        'epi@3', 'rotation_deg', 'direction_deg', 'mAA@5', 'mAA@10']


def test_matches_within_three_pixels_of_the_true_lines_are_counted():
    # A camera that goes right sees every point on the row where it was: rows are the lines.
    starts = np.array([[10.0, 10], [20, 20], [30, 30], [40, 40]])
    ends = starts + [[-5, 0], [-5, 2.9], [-5, -3.1], [9, 40]]
    motion = np.eye(3), np.array([-1.0, 0, 0])
    found = score_motion(starts, ends, K, motion)
    assert found['epi@3'] == 0.5
    # four matches are too few for a pose, which counts as 180 degrees
    assert found['rotation_deg'] == found['direction_deg'] == 180 and found['mAA@10'] == 0
    assert score_motion(starts[:0], ends[:0], K, motion)['epi@3'] == 0


def test_numbers_tables_and_origin_are_saved(root, tmp_path, capsys):
    out = tmp_path / 'results' / 'made.json'
    words = ['evaluate', 'validation', '--root', str(root), *LESS, '--out', str(out), '--data',
             'made pictures']
    assert main(words) == 0
    said = capsys.readouterr().out
    saved = json.loads(out.read_text())
    assert saved['benchmark'] == 'validation' and saved['data']['what'] == 'made pictures'
    assert saved['command'] == ('python -m training evaluate validation --root DIR --size 160x120 '
                                '--max-keypoints 100 --methods orb,rootsift')
    assert set(saved['data']['sha256']) == {'stills', 'exposure', 'video'}
    assert saved['methods']['orb'] == {'backend': 'none needed'} and saved['environment']['cpu']
    assert {kind: {source: of_source['pairs'] for source, of_source in found['orb'].items()
                   if 'gap' not in source} for kind, found in saved['summary'].items()} == {
        'stills': {'all': 15, 'photographs': 1, 'camvid': 5, 'seven_scenes': 9},
        'exposure': {'all': 2, 'as it is': 1, 'warped': 1},
        'video': {'all': 10, 'seven_scenes': 4, 'camvid': 6}}
    for kind, name in (('exposure', 'ms'), ('video', 'inliers')):
        rows = [row[name] for row in saved['rows'][kind]['rootsift']]
        assert saved['summary'][kind]['rootsift']['all'][name] == pytest.approx(np.mean(rows))
    assert saved['summary']['exposure']['rootsift']['as it is']['mma@3'] > 0.5
    assert saved['summary']['video']['rootsift']['seven_scenes']['epi@3'] > 0.8
    assert set(saved['sign_tests']['video']['rootsift']['inliers']) == {'better', 'pairs', 'p'}
    assert saved['warp']['scale'] == 2 and saved['limits']['epipolar_px'] == 3
    for text in (said, out.with_suffix('.md').read_text()):
        assert 'stills: 15 pairs' in text
        assert 'exposure: pairs in which a method is better than orb' in text
    assert main(words) == 2  # what is there already is kept
    assert 'made.json' in capsys.readouterr().err


def test_some_kinds_alone_and_brief(root, tmp_path, capsys):
    out = tmp_path / 'made.json'
    assert main(['evaluate', 'validation', '--root', str(root), *LESS, '--kinds', 'exposure',
                 '--brief', '--out', str(out)]) == 0
    saved = json.loads(out.read_text())
    assert set(saved['summary']) == set(saved['sign_tests']) == {'exposure'}
    assert 'rows' not in saved and saved['command'].endswith('--kinds exposure')
    assert 'stills:' not in capsys.readouterr().out


def test_missing_data_are_said_before_anything_is_extracted(root, tmp_path, monkeypatch, capsys):
    (tmp_path / 'exposure').symlink_to(root / 'exposure')
    monkeypatch.setattr(validation, 'evaluate', lambda *_: pytest.fail('was evaluated'))
    assert main(['evaluate', 'validation', '--root', str(tmp_path), *LESS, '--kinds',
                 'exposure,video']) == 2
    assert 'seven_scenes' in capsys.readouterr().err
