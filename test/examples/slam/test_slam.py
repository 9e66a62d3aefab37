# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.slam_scene import CAMERA, RADIUS, image, misplaced, nothing, pose

from residual_features_ros.examples.slam.slam_config import SlamConfig
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.pose import rotation_error_deg

pytest.importorskip('gtsam', reason='gtsam is not installed')
ROUND = 64  # images; after 60 the camera is where it began


def slam(camera=CAMERA, **settings):
    from residual_features_ros.examples.slam.slam import Slam
    return Slam(camera, SlamConfig(**settings))


@pytest.fixture(scope='module')
def closed():
    """Return the back-end after a round with words, and the poses that it gave on the way."""
    back_end = slam()
    return back_end, [back_end.add(*image(k)) for k in range(ROUND)]


def test_all_images_have_a_pose_and_are_where_they_were(closed):
    back_end, poses = closed
    found = back_end.trajectory()
    assert len(found) == ROUND and all(pose is not None for pose in poses[3:])
    assert np.sqrt((misplaced(found)**2).mean()) < 0.02 * RADIUS
    assert back_end.counts['lost'] == 0 == back_end.counts['unsolved']


def test_a_loop_is_closed_where_words_tell_of_it(closed):
    back_end, _ = closed
    assert back_end.counts['loops'] >= 1
    first, last = back_end.world.keyframes[0], back_end.world.newest
    assert np.isin(last.points[last.seen()], first.points[first.seen()]).sum() > 20


def test_a_loop_is_closed_where_candidates_tell_of_it():
    back_end = slam()
    for k in range(ROUND):
        stamp, features, _ = image(k)
        back_end.add(stamp, features, None, [image(k - 60)[0]] if k >= 60 else [])
    assert back_end.counts['loops'] >= 1


@pytest.mark.parametrize('words', [False, True])
def test_a_loop_takes_back_what_a_wrong_calibration_adds_up_to(words):
    matrix = CAMERA.K * [[1.04, 1, 1], [1, 1.04, 1], [1, 1, 1]]
    back_end = slam(camera=Camera(matrix, CAMERA.size))
    for k in range(ROUND):
        stamp, features, bag = image(k)
        back_end.add(stamp, features, bag if words else None)
    places = back_end.trajectory().poses[:, :3, 3]
    gap = np.linalg.norm(places[60] - places[0]) / np.linalg.norm(places[30] - places[0])
    assert gap < 0.01 if words else gap > 0.05
    assert (back_end.counts['loops'] > 0) == words


def test_a_lost_camera_is_found_by_its_words():
    back_end = slam()
    known = [back_end.add(*image(k)) for k in range(20)]
    for k in range(20, 23):
        assert back_end.add(image(k)[0], nothing()) is None
    stamp, features, words = image(8)
    found = back_end.add(stamp + 60 * 10**8, features, words)
    assert back_end.counts['relocalised'] == 1 and back_end.counts['lost'] == 3
    turned = rotation_error_deg(found[:3, :3], known[8][:3, :3])
    assert turned < 0.5 and rotation_error_deg(pose(8)[:3, :3], pose(12)[:3, :3]) > 20


def test_what_shows_another_place_is_not_found():
    back_end = slam()
    for k in range(12):
        back_end.add(*image(k))
    back_end.add(image(12)[0], nothing())
    stamp, features, words = image(40)
    assert back_end.add(stamp, features, words) is None and back_end.counts['lost'] == 2


def test_a_young_map_is_given_up_and_another_begun():
    back_end = slam()
    for k in range(3):
        back_end.add(*image(k))
    back_end.add(image(3)[0], nothing())
    assert back_end.counts['given up'] == 1 and not back_end.world.keyframes
    assert [back_end.add(*image(k)) is not None for k in range(30, 34)][-1]
    assert back_end.counts['begun'] == 2


def test_one_seed_gives_one_map():
    runs = []
    for seed in (3, 3):
        back_end = slam(seed=seed)
        for k in range(8):
            back_end.add(*image(k))
        runs.append(back_end.trajectory().poses)
    np.testing.assert_array_equal(*runs)


def test_memory_is_bounded():
    back_end = slam(most_keyframes=10)
    for k in range(30):
        back_end.add(*image(k))
    assert len(back_end.world.keyframes) == 10
    assert back_end.counts['forgotten'] == back_end.counts['keyframes'] - 10 > 0
    assert len(back_end.trajectory()) >= 10 and len(back_end.points()) > 100


def test_a_camera_that_stands_begins_no_map():
    back_end = slam()
    for _ in range(4):
        assert back_end.add(*image(0)) is None
    assert back_end.counts['begun'] == 0


def test_gtsam_that_is_missing_is_told(monkeypatch):
    from residual_features_ros.examples.slam import bundle
    bundle._library.cache_clear()
    monkeypatch.setitem(__import__('sys').modules, 'gtsam', None)
    with pytest.raises(ImportError, match='pip install "gtsam'):
        slam()
    monkeypatch.undo()
    bundle._library.cache_clear()
