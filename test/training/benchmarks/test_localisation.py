# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import itertools
import json
from pathlib import Path

import cv2
import numpy as np
import pycolmap
import pytest
from support.posed_scene import (
    CAMERA,
    SIZE,
    exact_matches,
    exact_views,
    picture,
    points,
    pose,
    write_video,
)

from residual_features_ros.datasets.layouts import open_scenes
from residual_features_ros.datasets.posed_images import PosedImage, Scene
from training.__main__ import main
from training.benchmarks import localisation
from training.benchmarks.localisation import Task
from training.benchmarks.mapping import known_poses, triangulate
from training.benchmarks.posed_options import LocalisationOptions
from training.benchmarks.protocol import Files, Protocol

QUERIES = 'queries/day_time_queries_with_intrinsics.txt'
LESS = ['--size', '320x240', '--max-keypoints', '400', '--methods', 'rootsift']


def map_of(matched, task):
    """Return the map of a task whose images are all matched."""
    return triangulate(matched, task.mapped, list(itertools.combinations(task.mapped, 2)))


def test_a_query_of_exact_points_is_at_its_place():
    matched = exact_matches()
    everything = list(range(6))
    task = Task((2,), tuple(k for k in everything if k != 2), {2: [0, 1, 3, 4, 5]})
    numbers, poses = localisation.score(matched, task, map_of(matched, task))
    assert numbers['points'] == 150 and numbers['inliers'] == 150 and numbers['posed'] == 1
    assert [numbers[name] for name in ('0.25m,2deg', '0.5m,5deg', '5m,10deg')] == [1, 1, 1]
    assert numbers['median_m'] < 1e-3 and numbers['median_deg'] < 0.01
    R, t = poses['02.png']
    np.testing.assert_allclose(R, pose(2)[0], atol=1e-4)
    np.testing.assert_allclose(t, pose(2)[1], atol=1e-3)


def test_a_query_without_partners_has_no_pose_and_counts_nowhere():
    matched, task = exact_matches(), Task((2, 3), (0, 1, 4, 5), {3: [0, 1, 4]})
    numbers, poses = localisation.score(matched, task, map_of(matched, task))
    assert list(poses) == ['03.png'] and numbers['posed'] == 0.5
    assert numbers['5m,10deg'] == 0.5 and numbers['median_m'] < 1e-3


def test_points_far_from_the_truth_are_told():
    view = PosedImage('a', None, CAMERA, *pose(0))
    R, t = pose(0)
    turn = cv2.Rodrigues(np.radians([0, 3.0, 0]))[0]
    metres, degrees = localisation.errors((turn @ R, turn @ (t - R @ [0, 0, 0.4])), view)
    assert metres == pytest.approx(0.4) and degrees == pytest.approx(3)
    assert localisation.errors(None, view) == (np.inf, np.inf)


def asked(**values):
    """Return options of localisation."""
    return LocalisationOptions(Path(), Protocol(('rootsift',)), Files(), **values)


def scene_of(count, tmp_path, unknown=()):
    views = tuple(PosedImage(f'{k:02}.png', None, CAMERA, *(
        (np.full((3, 3), np.nan), np.full(3, np.nan)) if k in unknown else pose(k)))
        for k in range(count))
    return Scene('made', tmp_path, views, np.zeros((0, 2), int))


def test_queries_are_every_so_many_th_view_or_those_of_unknown_pose(tmp_path):
    options = asked(every=4)
    task = localisation.plan(scene_of(10, tmp_path), options)
    assert task.queries == (2, 6) and task.partners[2] == [0, 1, 3, 4, 5, 7, 8, 9]
    assert localisation.plan(scene_of(10, tmp_path, {9}), options).queries == (9,)
    with pytest.raises(ValueError, match='too few images, 1 queries and a map of 2'):
        localisation.plan(scene_of(3, tmp_path), options)
    with pytest.raises(ValueError, match='a map of 150 images needs --pairs'):
        localisation.plan(scene_of(200, tmp_path), options)


def test_partners_of_the_map_are_near_or_see_the_same(tmp_path):
    scene, mapped = scene_of(15, tmp_path), range(1, 15)
    assert len(localisation.map_pairs(scene, mapped, 'nearest')) < 91
    with pytest.raises(ValueError, match=r'--partners covisible: .* does not say which points'):
        localisation.map_pairs(scene, mapped, 'covisible')
    seen = dataclasses.replace(scene, points=tuple(np.arange(k, k + 3) for k in range(15)))
    pairs = localisation.map_pairs(seen, mapped, 'covisible')
    assert pairs == [(a, b) for a in mapped for b in mapped if 0 < b - a < 3]


def test_a_list_of_pairs_names_what_is_matched(tmp_path):
    path = tmp_path / 'pairs.txt'
    path.write_text('02.png 05.png\n02.png 00.png\n02.png 06.png\nelse.png 01.png\n\n')
    options = asked(every=4, pairs=path)
    assert localisation.plan(scene_of(10, tmp_path), options).partners == {2: [5, 0]}
    for text, sentence in (('02.png\n', 'expected "query map-image"'), ('a b\n', 'no pair of')):
        path.write_text(text)
        with pytest.raises(ValueError, match=sentence):
            localisation.plan(scene_of(10, tmp_path), options)
    path.unlink()
    with pytest.raises(ValueError, match='no such file'):
        localisation.plan(scene_of(10, tmp_path), options)


def test_queries_are_matched_with_those_of_the_map_that_look_alike(tmp_path):
    scene, = open_scenes(write_video(tmp_path / 'made', 8))
    task = localisation.plan(scene, asked(every=4, retrieved=2))
    assert task.queries == (2, 6) and [len(task.partners[query]) for query in (2, 6)] == [2, 2]
    assert {abs(query - k) for query, near in task.partners.items() for k in near} <= {1, 2}
    assert set().union(*task.partners.values()) <= set(task.mapped)


def test_a_submission_has_names_without_folders_and_quaternions_w_first(tmp_path):
    R = cv2.Rodrigues(np.radians([0, 0, 90.0]))[0]
    localisation.write_submission(tmp_path / 'a' / 'orb.txt', {
        'query/day/b.jpg': (R, np.array([1, 2, 3.0])), 'query/a.jpg': (np.eye(3), np.zeros(3))})
    first, second = (tmp_path / 'a' / 'orb.txt').read_text().splitlines()
    assert first == 'a.jpg 1 0 0 0 0 0 0'
    assert second.startswith('b.jpg') and [float(word) for word in second.split()[1:]] == \
        pytest.approx([0.5 ** 0.5, 0, 0, 0.5 ** 0.5, 1, 2, 3])


def test_pictures_are_localised(tmp_path, capsys):
    out = tmp_path / 'out.json'
    assert main(['evaluate', 'localisation', '--root', str(write_video(tmp_path / 'made')), *LESS,
                 '--out', str(out), '--submission', str(tmp_path / 'poses'), '--models',
                 str(tmp_path / 'models')]) == 0
    saved = json.loads(out.read_text())
    line, = saved['lines']
    model = pycolmap.Reconstruction(tmp_path / 'models/made/rootsift')
    assert model.num_points3D() == line['points'] and model.num_reg_images() == 5
    assert line['map'] == 5 and line['0.25m,2deg'] == 1 and line['inliers'] > 30
    assert saved['command'].endswith('--ratio 0.94 --every 5')
    assert (tmp_path / 'poses' / 'rootsift.txt').read_text().startswith('02.png ')
    assert '0.25m,2deg' in capsys.readouterr().out


@pytest.fixture
def aachen(tmp_path):
    """Return a tree of Aachen's layout: five map images, a query, a lens with distortion."""
    root = tmp_path / 'aachen_v1.1'
    for k, name in enumerate(['db/0.png', 'db/1.png', 'query/day/q.png', 'db/3.png', 'db/4.png']):
        path = root / 'images_upright' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), picture(k))
    views = [view for k, view in enumerate(exact_views(5)) if k != 2]
    model = known_poses(views)
    for number, name in zip(sorted(model.images), ('0', '1', '3', '4'), strict=True):
        model.images[number].name = f'db/{name}.png'
        model.cameras[number].model = pycolmap.CameraModelId.SIMPLE_RADIAL
        model.cameras[number].params = [300, 160, 120, 0.0]
    for index, xyz in enumerate(points()):
        track = pycolmap.Track()
        for number in sorted(model.images):
            track.add_element(number, index)
        model.add_point3D(xyz, track)
    (root / localisation.aachen.MODEL).mkdir(parents=True)
    model.write(root / localisation.aachen.MODEL)
    (root / 'queries').mkdir()
    (root / QUERIES).write_text(
        f'query/day/q.png SIMPLE_RADIAL {SIZE[0]} {SIZE[1]} 300 160 120 0.0\n')
    (root / 'pairs.txt').write_text(''.join(f'query/day/q.png db/{k}.png\n' for k in (0, 1, 3)))
    return root


@pytest.mark.parametrize(('partners', 'pairs'), [
    ('nearest', 'pairs.txt'), ('covisible', 'pairs.txt'), ('covisible', 'retrieval:3')])
def test_aachens_layout_gives_a_submission(aachen, partners, pairs, tmp_path, capsys):
    pairs = str(aachen / pairs) if pairs.endswith('.txt') else pairs
    assert main(['evaluate', 'localisation', '--root', str(aachen), *LESS, '--pairs', pairs,
                 '--partners', partners, '--submission', str(tmp_path / 'poses')]) == 0
    name, *values = (tmp_path / 'poses' / 'rootsift.txt').read_text().split()
    assert name == 'q.png'
    w, x, y, z, *t = map(float, values)
    np.testing.assert_allclose(pycolmap.Rotation3d([x, y, z, w]).matrix(), pose(2)[0], atol=0.02)
    np.testing.assert_allclose(t, pose(2)[1], atol=0.15)
    assert '-' in capsys.readouterr().out  # no accuracy: the true pose is not known


@pytest.mark.parametrize('change, sentence', [
    (lambda root: (root / QUERIES).unlink(),
     'no such file'),
    (lambda root: (root / QUERIES).write_text('a FOV 1 1 1'),
     'expected "name model width height params"'),
    (lambda root: (root / localisation.aachen.MODEL / 'images.bin').unlink(), 'no model of COLM'),
    (lambda root: (root / 'images_upright').rename(root / 'else'), 'images_upright: no such'),
])
def test_what_aachen_lacks_is_named(aachen, change, sentence, capsys):
    change(aachen)
    assert main(['evaluate', 'localisation', '--root', str(aachen), *LESS]) == 2
    assert sentence in capsys.readouterr().err


def test_real_frames_are_localised(data_root, tmp_path):
    source = data_root / 'rgbd' / 'hololens'
    if not source.is_dir():
        pytest.skip('RESIDUAL_FEATURES_DATA has no rgbd/hololens')
    out = tmp_path / 'out.json'
    assert main(['evaluate', 'localisation', '--root', str(source), '--every', '20', '--methods',
                 'rootsift', '--max-keypoints', '500', '--out', str(out)]) == 0
    assert json.loads(out.read_text())['lines'][0]['0.25m,2deg'] == 1
