# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.rendered_scene import MATRIX, points, pose

from residual_features_ros.geometry.pose import rotation_error_deg
from residual_features_ros.geometry.resection import locate
from residual_features_ros.geometry.triangulation import project

POSE = pose(0.4, -0.1, 0.5, 5, -2)
SPACE = points(120)


def pixels(wrong=0, noise_px=0.5):
    rng = np.random.default_rng(1)
    found = project(SPACE, POSE, MATRIX)[0] + rng.normal(scale=noise_px, size=(len(SPACE), 2))
    found[:wrong] = rng.uniform(0, 240, (wrong, 2))
    return found


@pytest.mark.parametrize('wrong', [0, 70])
def test_the_pose_is_found_among_wrong_pairs(wrong):
    found, agree = locate(SPACE, pixels(wrong), np.full(len(SPACE), 2.5), MATRIX,
                          np.random.default_rng(0))
    assert rotation_error_deg(found[:3, :3], POSE[:3, :3]) < 0.3
    assert np.linalg.norm(found[:3, 3] - POSE[:3, 3]) < 0.05
    assert agree[wrong:].mean() > 0.95 and agree[:wrong].sum() < 3


def test_each_point_has_its_limit():
    seen = pixels(noise_px=0)
    seen[:20] += 4
    limits = np.where(np.arange(len(SPACE)) < 10, 8.0, 2.0)
    _, agree = locate(SPACE, seen, limits, MATRIX, np.random.default_rng(0))
    assert agree[:10].all() and not agree[10:20].any() and agree[20:].all()


def test_a_guess_helps_where_most_are_wrong():
    seen, limits = pixels(110), np.full(len(SPACE), 2.5)
    found, agree = locate(SPACE, seen, limits, MATRIX, np.random.default_rng(0), POSE)
    assert agree[110:].all() and np.linalg.norm(found[:3, 3] - POSE[:3, 3]) < 0.2


def test_a_seed_gives_one_pose():
    found = [locate(SPACE, pixels(50), np.full(len(SPACE), 2.5), MATRIX,
                    np.random.default_rng(4))[0] for _ in range(2)]
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize('count', [0, 3, 5])
def test_few_points_tell_nothing(count):
    assert locate(SPACE[:count], pixels()[:count], np.full(count, 2.5), MATRIX,
                  np.random.default_rng(0)) is None


def test_pairs_without_sense_tell_nothing_or_little():
    seen = np.random.default_rng(2).uniform(0, 240, (len(SPACE), 2))
    found = locate(SPACE, seen, np.full(len(SPACE), 2.5), MATRIX, np.random.default_rng(0))
    assert found is None or found[1].sum() < 12
