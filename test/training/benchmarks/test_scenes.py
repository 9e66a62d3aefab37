# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from support.posed_scene import CAMERA, pose, write_video

from residual_features_ros.datasets.posed_images import PosedImage
from training.benchmarks.scenes import evaluated_scenes, facing, nearest, pairs_of


def test_the_pairs_of_a_video_are_at_gaps(tmp_path):
    scene, = evaluated_scenes(write_video(tmp_path / 'made'))
    assert pairs_of(scene).tolist() == [[0, 2], [1, 3], [2, 4], [3, 5], [0, 3], [1, 4], [2, 5],
                                        [0, 5]]


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
