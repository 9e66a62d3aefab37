# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import itertools
import weakref

import numpy as np
import pycolmap
import pytest
from support.posed_scene import SIZE, K, ahead, exact_matches, exact_views, points
from support.unposed_scene import without_poses

from residual_features_ros.datasets.photographs import guess
from training.benchmarks import mapping, posed_features
from training.benchmarks.posed_options import Colmap

ALL = list(itertools.combinations(range(6), 2))


@pytest.fixture(scope='module')
def matched():
    return exact_matches(noise_px=0.2)


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
    matched = exact_matches(noise_px=0.2, pose=ahead)
    model, = mapping.reconstruct(matched, range(6), ALL, [0])
    assert mapping.numbers_of(model, 6)['registered'] == 6
    assert max(mapping.pair_errors(mapping.poses(model), matched.views)) < 2
    assert mapping.reconstruct(matched, range(6), ALL, [0], Colmap(defaults=True)) == [None]


@pytest.mark.parametrize('colmap', [Colmap(), Colmap(defaults=True)])
def test_cameras_of_images_without_poses_are_refined(matched, colmap):
    guessed = [guess(SIZE) for _ in range(6)]
    assert guessed[0].focal_px == pytest.approx(1.28 * K[0, 0])
    unposed = dataclasses.replace(matched, views=without_poses(matched.views, guessed))
    model, = mapping.reconstruct(unposed, range(6), ALL, [0], colmap)
    assert mapping.numbers_of(model, 6)['registered'] == 6
    for camera in model.cameras.values():
        assert camera.params[0] == pytest.approx(K[0, 0], rel=0.05)
    found = mapping.poses(model)
    assert mapping.pose_errors(found, unposed.views) == {'position': None, 'rotation': None}
    assert max(mapping.pair_errors(found, matched.views)) < 3


def test_known_cameras_stay_as_they_are(matched):
    model, = mapping.reconstruct(matched, range(6), ALL, [0])
    assert {tuple(camera.params) for camera in model.cameras.values()} == {
        (300.0, 300.0, 160.0, 120.0)}


def test_several_threads_with_colmaps_own_limits_rebuild_the_same(matched):
    model, = mapping.reconstruct(matched, range(6), ALL, [0], Colmap(defaults=True, threads=2))
    numbers = mapping.numbers_of(model, 6)
    assert numbers['registered'] == 6 and numbers['points'] == 150
    assert max(mapping.pair_errors(mapping.poses(model), matched.views)) < 1


def test_matches_reach_colmap_without_being_gathered(monkeypatch):
    """Of a scene of a thousand images they would fill the memory."""
    monkeypatch.setattr(posed_features, 'MOST_KEPT', 2)
    refs, alive, write = [], [], mapping.write_database

    def counted(pairs):
        for a, b, indices in pairs:
            refs.append(weakref.ref(indices))
            alive.append(sum(ref() is not None for ref in refs))
            yield a, b, indices

    monkeypatch.setattr(mapping, 'write_database', lambda path, views, pairs, **more: write(
        path, views, counted(pairs), **more))
    matched = exact_matches(noise_px=0.2)
    model, = mapping.reconstruct(matched, range(6), ALL, [0])
    assert mapping.numbers_of(model, 6)['registered'] == 6
    assert mapping.triangulate(matched, range(6), ALL).num_points3D() == 150
    assert len(alive) == 2 * len(ALL) and max(alive) <= 4


def test_the_defaults_are_colmaps_own():
    """All but the least images of a model, and known cameras."""
    theirs, ours = pycolmap.IncrementalPipelineOptions(), mapping.pipeline(0, 3)
    assert ours.num_threads == 3
    for name in ('init_max_forward_motion', 'init_min_tri_angle', 'init_max_error',
                 'abs_pose_max_error', 'filter_max_reproj_error'):
        assert getattr(ours.mapper, name) == getattr(theirs.mapper, name)
        assert getattr(mapping.for_small_videos(mapping.pipeline(0)).mapper, name) != \
            getattr(theirs.mapper, name)


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
    model = mapping.triangulate(exact_matches(), range(6), ALL)
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
