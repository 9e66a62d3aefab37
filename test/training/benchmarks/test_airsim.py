# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import shutil

import numpy as np
import pytest
from support.posed_trees import AIRSIM_K, wall_view, write_airsim

from residual_features_ros.datasets.layouts import open_scenes
from residual_features_ros.types import Features
from training.__main__ import main
from training.benchmarks import airsim
from training.benchmarks.coverage import coverage
from training.data.rgbd_views import RgbdView


def features(points, rows):
    """Return features of a view of 200x150 at these points with these descriptors."""
    count = len(points)
    return Features(np.array(points, np.float32), *np.ones((3, count), np.float32),
                    np.zeros(count, np.int32), np.array(rows, np.float32), (200, 150))


def test_frames_of_one_light_are_paired_with_later_ones_of_the_other(tmp_path):
    write_airsim(tmp_path / 'village', 7)
    write_airsim(tmp_path / 'fantasy', 6, lights=('00_day_light',))
    pairs = airsim.pair_up(open_scenes(tmp_path, ('airsim',)), 5)
    named = {scene: [(a.path.parts[-3], a.name, b.path.parts[-3], b.name) for a, b in there]
             for scene, there in pairs.items()}
    assert named == {
        'fantasy': [('00_day_light', '000.png', '00_day_light', '005.png')],
        'village': [('00_day_light', f'00{n}.png', '00_night_light', f'00{n + 5}.png')
                    for n in (0, 1)]}
    with pytest.raises(ValueError, match='fantasy: no two frames are 6 frames apart'):
        airsim.pair_up(open_scenes(tmp_path, ('airsim',)), 6)
    shutil.copytree(tmp_path / 'village', tmp_path / 'more' / 'village')
    with pytest.raises(ValueError, match='3 scenes have 2 names'):
        airsim.pair_up(open_scenes(tmp_path, ('airsim',)), 5)


def test_the_numbers_of_a_pair_by_hand():
    """The second camera stands 0.4 to the right: 10 px at a wall 4 away, focal length 100."""
    views = wall_view(0.0, matrix=AIRSIM_K), wall_view(0.4, matrix=AIRSIM_K)
    depth = views[0].depth.copy()
    depth[:, 150:] = 0  # unknown
    views = RgbdView(views[0].image, depth, views[0].K, views[0].R, views[0].t), views[1]
    e = np.eye(6)
    far = 0.6 * e[5] + 0.8 * e[2]  # sqrt(2 - 2 * .6) = .89 from e[5]
    first = features([[50, 50], [80, 50], [5, 70], [180, 90], [100, 100]],
                     [e[0], e[1], e[2], e[3], e[5]])
    # Right; 4 px off; the partner of what view 2 does not show; that of unknown depth; too unlike.
    second = features([[42, 50], [66, 50], [9, 70], [170, 90], [90, 100]],
                      [e[0], e[1], e[2], e[3], far])
    similarity = first.descriptors @ second.descriptors.T
    forth = airsim.one_way(first, second, similarity, views)
    assert forth['precision'] == pytest.approx(1 / 3)  # of the first three
    # Shown are the first, the second and the last, of which two have a keypoint within 3 px.
    assert forth['repeatability'] == pytest.approx(2 / 3)
    assert forth['coverage'] == coverage(np.array([[50.0, 50]]), (200, 150), 20)
    # Back: of e[0] to e[3] right is e[0] alone; far is nearer e[2] than .8. What lies at 9 and
    # at 170 px comes from 19 and, where depth is unknown, from 180.
    back = airsim.one_way(second, first, similarity.T, views[::-1])
    assert back['precision'] == pytest.approx(1 / 5)
    assert back['repeatability'] == pytest.approx(2 / 4)
    assert back['coverage'] == coverage(np.array([[42.0, 50]]), (200, 150), 20)
    both = airsim.score(first, second, views)
    assert both == pytest.approx({name: (forth[name] + back[name]) / 2 for name in forth})
    none = airsim.score(first, second.take(slice(0, 0)), views)
    assert none == {'precision': 0, 'repeatability': 0, 'coverage': 0}


def test_a_roll_moves_the_second_view_as_its_geometry_says():
    view = wall_view(0.4, matrix=AIRSIM_K)
    rolled, turn = airsim.turned(view, 5.0)
    expected = wall_view(0.4, -5.0, matrix=AIRSIM_K)
    middle = np.s_[40:110, 50:150]
    apart = np.abs(rolled.image[middle].astype(float) - expected.image[middle]).mean()
    straight = np.abs(view.image[middle].astype(float) - expected.image[middle]).mean()
    assert apart < 0.25 * straight
    points = np.array([[120.0, 60], [60, 100]])
    for one in (rolled, expected):
        places, seen = airsim.rgbd.visible(points, wall_view(0.0, matrix=AIRSIM_K), one)
        np.testing.assert_allclose(places, airsim.rgbd.visible(
            points, wall_view(0.0, matrix=AIRSIM_K), expected)[0], atol=1e-6)
        assert seen.all()
    assert (rolled.depth == 0).any() and turn[0, 1] == pytest.approx(np.sin(np.radians(5)))
    assert airsim.turned(view, 0.0)[0] is view


def test_keypoints_in_the_corners_that_a_roll_opens_are_left_out():
    _, turn = airsim.turned(wall_view(0.0, matrix=AIRSIM_K), 5.0)
    # Below the left edge's middle, 2 px inside, and in three corners: the turn is anticlockwise.
    found = airsim.filmed(features([[100, 75], [7, 75], [1, 2], [198, 148], [1, 148]],
                                   np.eye(5)), turn)
    assert found.descriptors.argmax(1).tolist() == [0, 1]


def test_harmonic_means_are_those_of_the_table():
    """GoodPoint's Table 1, first row: .86, .57, .57 -> .64."""
    rows = [{'scene': 'fantasy', 'precision': p, 'repeatability': 0.57, 'coverage': 0.57}
            for p in (0.8, 0.92)]
    found = airsim.summarise({'superpoint': rows})['superpoint']['fantasy']
    assert found['precision'] == pytest.approx(0.86) and round(found['harmonic'], 2) == 0.64
    assert '| superpoint | fantasy | 0.860 | 0.570 | 0.570 | 0.642 |' in airsim.table(
        {'superpoint': {'fantasy': found}})


def test_the_command_writes_each_scene_with_and_without_a_roll(tmp_path, capsys):
    write_airsim(tmp_path / 'scenes' / 'village', 7)
    saved = []
    for name, words in (('plain', []), ('rolled', ['--roll', '5'])):
        out = tmp_path / f'{name}.json'
        assert main(['evaluate', 'airsim', '--root', str(tmp_path / 'scenes'), '--methods',
                     'orb,rootsift', '--size', '200x150', *words, '--out', str(out)]) == 0
        saved.append(json.loads(out.read_text()))
    assert '| rootsift | village |' in capsys.readouterr().out
    plain, rolled = (one['summary']['rootsift']['village'] for one in saved)
    for numbers in (plain, rolled):
        assert numbers['precision'] > 0.6 and 0.4 < numbers['repeatability'] <= 1
        assert 0.3 < numbers['coverage'] <= 1
    assert plain != rolled and saved[0]['data']['pairs'] == {'village': 2}
    assert saved[1]['command'].endswith('--methods orb,rootsift --roll 5')
    assert main(['evaluate', 'airsim', '--root', str(tmp_path), '--methods', 'orb', '--gap',
                 '9']) == 2
    assert 'no two frames are 9 frames apart' in capsys.readouterr().err
