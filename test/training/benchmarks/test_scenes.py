# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from support.posed_scene import CAMERA, pose, write_video
from support.unposed_scene import write_photographs

from residual_features_ros.datasets.posed_images import PosedImage
from training.benchmarks.scenes import (
    evaluated_scenes,
    facing,
    is_posed,
    most_covisible,
    nearest,
    pairs_of,
    some_pairs,
)


def test_the_pairs_of_a_video_are_at_gaps(tmp_path):
    scene, = evaluated_scenes(write_video(tmp_path / 'made'))
    assert pairs_of(scene).tolist() == [[0, 2], [1, 3], [2, 4], [3, 5], [0, 3], [1, 4], [2, 5],
                                        [0, 5]]


def test_nobody_knows_which_images_without_poses_overlap(tmp_path):
    write_video(tmp_path / 'a')
    write_photographs(tmp_path / 'b' / 'images', 3)
    posed, unposed = evaluated_scenes(tmp_path, unposed=True)
    assert is_posed(posed) and len(pairs_of(posed))
    assert not is_posed(unposed) and unposed.covisible is None


def test_some_pairs_are_spread():
    pairs = np.arange(20).reshape(10, 2)
    assert some_pairs(pairs, 3)[:, 0].tolist() == [0, 8, 18]
    assert len(some_pairs(pairs, 99)) == 10


def test_images_that_do_not_overlap_are_named(tmp_path):
    with pytest.raises(ValueError, match='no two of its 2 images overlap'):
        evaluated_scenes(write_video(tmp_path / 'made', 2))


def test_images_that_look_elsewhere_or_stand_in_the_same_place_are_no_pair():
    def image(yaw_deg, x):
        R = cv2.Rodrigues(np.radians([0.0, yaw_deg, 0]))[0]
        return PosedImage('', None, CAMERA, R, -R @ [x, 0, 0])

    images = [image(0, 0), image(59, 1), image(61, 2), image(0, 0)]
    assert facing(images).tolist() == [[0, 1], [1, 2], [1, 3]]


def test_the_nearest_images_are_asked_to_match():
    images = [PosedImage(str(k), None, CAMERA, *pose(k)) for k in range(5)]
    assert nearest(images, [0, 1, 4], 1) == [(0, 1), (1, 4)]


def test_partners_are_those_that_share_the_most_points():
    points = [np.array(seen) for seen in (
        [1, 2, 3, 4], [1, 2, 9], [], [3, 4, 5, 9], [1, 2, 3, 4], [77], [4, 3, 2])]
    # 0 shares 4 points with 4, 3 with 6, 2 with 1 and 3. 2 and 5 share none with anybody.
    everything = range(len(points))
    assert most_covisible(points, everything, 1) == [(0, 1), (0, 3), (0, 4), (0, 6)]
    assert most_covisible(points, [0, 1, 2, 3, 5], 9) == [(0, 1), (0, 3), (1, 3)]
    assert most_covisible(points, [2, 5], 9) == []
    rng = np.random.default_rng(0)
    seen = [rng.choice(500, rng.integers(50, 200), replace=False) for _ in range(30)]
    numbers = list(range(1, 30, 2))
    expected = set()
    for a in numbers:
        ranked = sorted((b for b in numbers if b != a),
                        key=lambda b, a=a: (-len(np.intersect1d(seen[a], seen[b])), b))
        expected |= {(min(a, b), max(a, b)) for b in ranked[:4]}
    assert most_covisible(seen, numbers, 4) == sorted(expected)
