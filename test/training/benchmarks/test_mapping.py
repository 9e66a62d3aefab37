# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import itertools
import json

import numpy as np
import pycolmap
import pytest
from support.posed_scene import ahead, exact_views, points, write_video

from residual_features_ros.datasets.posed_images import Scene
from training.__main__ import main
from training.benchmarks import bags, mapping, reconstruction
from training.benchmarks import posed_features as views
from training.benchmarks.posed_features import Matched, split
from training.benchmarks.posed_options import PosedOptions

ALL = list(itertools.combinations(range(6), 2))
LESS = ['--size', '320x240', '--keypoints', '400', '--methods', 'rootsift']


@pytest.fixture(scope='module')
def matched():
    return Matched(exact_views(noise_px=0.2), 1.0)


def test_colmap_rebuilds_points_and_poses_and_does_so_again(matched):
    first, second = mapping.reconstruct(matched, range(6), ALL, [0, 0])
    numbers = mapping.numbers_of(first, 6)
    assert numbers['registered'] == 6 and numbers['points'] == 150
    assert numbers['observations'] == 900 and numbers['track'] == 6
    assert 0.1 < numbers['reproj_px'] < 0.4
    assert numbers == mapping.numbers_of(second, 6)
    found = mapping.poses(first)
    assert max(mapping.pair_errors(found, matched.views)) < 1
    errors = mapping.pose_errors(found, matched.views)
    assert errors['position'] < 0.02 and errors['rotation'] < 0.3


def test_a_model_starts_from_views_one_behind_the_other():
    """COLMAP's defaults take no first pair whose camera moves along its axis."""
    matched = Matched(exact_views(noise_px=0.2, pose=ahead), 1.0)
    model, = mapping.reconstruct(matched, range(6), ALL, [0])
    assert mapping.numbers_of(model, 6)['registered'] == 6
    assert max(mapping.pair_errors(mapping.poses(model), matched.views)) < 2


def test_images_that_are_not_registered_count_as_failures(matched):
    model, = mapping.reconstruct(matched, range(6), [p for p in ALL if 5 not in p], [0])
    found = mapping.poses(model)
    assert sorted(found) == [0, 1, 2, 3, 4]
    errors = mapping.pair_errors(found, matched.views)
    assert len(errors) == 15 and errors.count(180) == 5


def test_nothing_to_build_from_is_an_empty_model(matched):
    assert mapping.reconstruct(matched, range(6), [], [0, 1]) == [None, None]
    numbers = mapping.numbers_of(None, 6)
    assert numbers['registered'] == numbers['points'] == 0 and numbers['track'] is None
    assert mapping.poses(None) == {}
    assert mapping.pose_errors({}, matched.views) == {'position': None, 'rotation': None}


def test_a_map_of_true_poses_has_the_true_points():
    model = mapping.triangulate(Matched(exact_views(), 1.0), range(6), ALL)
    assert model.num_points3D() == 150
    for point in model.points3D.values():
        assert point.track.length() == 6
        number = point.track.elements[0].point2D_idx
        np.testing.assert_allclose(point.xyz, points()[number], atol=1e-3)


def test_matches_off_the_epipolar_lines_do_not_agree():
    views = exact_views()
    indices = np.stack([np.arange(150), np.roll(np.arange(150), 1)], 1)
    assert mapping.agreeing(views[0], views[3], indices).mean() < 0.2
    assert mapping.agreeing(views[0], views[3], indices[:, [0, 0]]).all()


def test_bags_are_connected_and_the_same_again(tmp_path):
    pairs = np.array([[k, k + 1] for k in range(11)] + [[20, 21]])
    scene = Scene('made', tmp_path, (None,) * 22, pairs)
    found = bags.bags(scene)
    assert set(found) == {5, 10} and found == bags.bags(scene)
    for bag in found[5] + found[10]:
        assert np.diff(bag).tolist() == [1] * (len(bag) - 1)  # a chain has no other bags
    with pytest.raises(ValueError, match='too few images, no 5'):
        bags.bags(Scene('made', tmp_path, (None,) * 4, pairs[:3]))


def test_pairs_of_a_video_are_near_in_time(tmp_path):
    views = (None,) * 40
    assert len(reconstruction.matched_pairs(Scene('a', tmp_path, views, ALL))) == 780
    gaps = {b - a for a, b in reconstruction.matched_pairs(
        Scene('a', tmp_path, views, ALL, tuple(range(40))))}
    assert gaps == {*range(1, 9), 16, 32}


@pytest.mark.parametrize('benchmark, kept, names', [
    ('reconstruction', True, ['registered', 'points', 'observations', 'track', 'reproj_px']),
    ('multiview', False, ['registered', 'landmarks', 'track', 'reproj_px', 'mAA@5', 'mAA@10'])])
def test_pictures_are_rebuilt(benchmark, kept, names, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(reconstruction, 'SEEDS', (0,))
    monkeypatch.setattr(bags, 'BAGS', {5: 1})
    out = tmp_path / 'out.json'
    assert main(['evaluate', benchmark, '--root', str(write_video(tmp_path / 'made')), *LESS,
                 '--ratio', '0.9', '--out', str(out), '--brief', *(
                     ['--models', str(tmp_path / 'models')] if kept else [])]) == 0
    saved = json.loads(out.read_text())
    line, = saved['lines']
    if kept:
        model = pycolmap.Reconstruction(tmp_path / 'models/made/rootsift')
        assert model.num_points3D() == line['points']
    assert line['scene'] == 'made' and line['registered'] >= 5 and set(names) <= set(line)
    assert line['track'] > 2 and line['reproj_px'] < 1.5
    assert saved['command'].endswith('--ratio 0.9') and str(tmp_path) not in out.read_text()
    assert 'track' in capsys.readouterr().out


@pytest.mark.parametrize('benchmark', ['multiview', 'reconstruction'])
def test_ratios_are_chosen_on_other_scenes_and_saved(benchmark, tmp_path, monkeypatch):
    monkeypatch.setattr(reconstruction, 'SEEDS', (0,))
    monkeypatch.setattr(bags, 'BAGS', {5: 1})
    monkeypatch.setattr(bags, 'RATIOS', (0.3, 0.9))
    for name in ('one', 'two'):
        write_video(tmp_path / 'scenes' / name)
    out, document = tmp_path / 'results' / 'made.json', tmp_path / 'all.md'
    assert main(['evaluate', benchmark, '--root', str(tmp_path / 'scenes'), *LESS, '--tune', 'two',
                 '--out', str(out), '--brief']) == 0
    saved = json.loads(out.read_text())
    assert {line['scene'] for line in saved['lines']} == {'one'}
    assert {line['ratio'] for line in saved['lines']} == {0.9}
    assert saved['command'].endswith('--tune two')
    assert main(['reproduction', '--results', str(out.parent), '--out', str(document)]) == 0
    assert 'Tuned on two alone' in document.read_text()


def test_the_best_ratio_is_that_of_all_scenes_then_of_the_most_landmarks():
    one = {0.8: (0.25, 9), 0.9: (0.5, 5), 1.0: (0.5, 8)}
    two = {0.8: (1.0, 9), 0.9: (0.75, 9), 1.0: (0.5, 9)}
    assert bags.best_ratio([one]) == 1.0 and bags.best_ratio([two]) == 0.8
    assert bags.best_ratio([one, two]) == 0.8  # 0.625 as 0.9, and more landmarks


def test_each_scene_has_the_ratio_that_the_others_chose(tmp_path, monkeypatch):
    scenes = [Scene(name, tmp_path, (), ()) for name in 'abc']
    scores = {'a': {0.8: (1, 1), 1.0: (0, 1)}, 'b': {0.8: (0, 1), 1.0: (0.5, 1)},
              'c': {0.8: (0.1, 1), 1.0: (0, 1)}}
    monkeypatch.setattr(views, 'take', lambda scene, *_: {'orb': scene.name})
    monkeypatch.setattr(bags, 'try_all', lambda scene, taken: scores[taken])
    options = PosedOptions(tune=('others',))
    assert split(scenes, options.tune) == (scenes, scenes)
    assert bags.choose_ratios(scenes, scenes, {'orb': None}, (1, 1), options) == {
        'a': {'orb': 1.0}, 'b': {'orb': 0.8}, 'c': {'orb': 0.8}}


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


def test_cameras_of_both_kinds_reach_colmap():
    from residual_features_ros.datasets.aachen import camera_of
    from training.benchmarks.colmap_files import to_colmap
    lens = to_colmap(camera_of('SIMPLE_RADIAL', 100, 80, np.array([90.0, 50, 40, 0.1])), 1)
    true = pycolmap.Camera(model='SIMPLE_RADIAL', width=100, height=80, params=[90, 50, 40, 0.1])
    np.testing.assert_allclose(lens.img_from_cam([0.3, 0.2, 1]), true.img_from_cam([0.3, 0.2, 1]))
